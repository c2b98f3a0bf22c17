// A program that keeps a SQLite database open and commits what it is told: each line that it reads is SQL, and behind each it
// says the number of the line once that is committed. It ends when its input does.
//
//   node sqlite-writer.ts FILE JOURNAL-MODE
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';

const [file = '', journalMode = ''] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec(`pragma journal_mode = ${journalMode}; pragma synchronous = full; pragma wal_autocheckpoint = 100`);
let lines = 0;
for await (const line of createInterface({ input: process.stdin })) {
  database.exec(line);
  lines += 1;
  writeSync(1, `${lines}\n`);
}
database.close();

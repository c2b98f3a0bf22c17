// The application of the demonstration: it keeps inserting into a SQLite database, appending to files and counting in a
// file, some fifty times a second, until a stop file appears; then it closes the database, says what it did, and answers with a
// second file. A process of its own, that knows nothing of the replication.
//
//   node scripts/demo-writer.ts FOLDER STOP-FILE
import { appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WriterFigures {
  readonly inserts: number;
  readonly appends: number;
}

const pauseMs = 20;

const [folder, stopFile] = process.argv.slice(2);
if (folder === undefined || stopFile === undefined) throw new Error('usage: demo-writer.ts FOLDER STOP-FILE');

mkdirSync(folder, { recursive: true });
const database = new DatabaseSync(join(folder, 'orders.sqlite'));
database.exec('CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, item TEXT, amount INTEGER)');
const insert = database.prepare('INSERT INTO orders (item, amount) VALUES (?, ?)');

let rounds = 0;
while (!existsSync(stopFile)) {
  rounds += 1;
  insert.run(`item ${rounds}`, rounds % 7);
  appendFileSync(join(folder, `journal ${rounds % 3}.log`), `order ${rounds}: ${'x'.repeat(rounds % 60)}\n`);
  writeFileSync(join(folder, 'counter.new'), `${rounds}\n`);
  renameSync(join(folder, 'counter.new'), join(folder, 'counter'));
  await sleep(pauseMs);
}
database.close();
const figures: WriterFigures = { inserts: rounds, appends: rounds };
console.log(JSON.stringify(figures));
writeFileSync(`${stopFile}.done`, '');

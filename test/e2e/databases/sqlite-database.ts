// A SQLite database with a ledger in a folder.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Stage } from '../../support/serve-process.ts';
import { committedIn, queries } from './ledger.ts';
import { LedgerWriter } from './ledger-writer.ts';
import type { Database } from './protected-databases.ts';

export type JournalMode = 'wal' | 'delete';

export class SqliteDatabase implements Database {
  readonly name: string;
  readonly writer: LedgerWriter;

  /** @param folder Is made; the database is its only content. */
  constructor(stage: Stage, folder: string, mode: JournalMode, random: (below: number) => number) {
    this.name = mode === 'wal' ? 'SQLite, WAL' : 'SQLite, rollback journal';
    mkdirSync(folder);
    const words = [join(import.meta.dirname, 'sqlite-writer.ts'), join(folder, 'ledger.db'), mode];
    const client = stage.spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], [], 'pipe');
    this.writer = new LedgerWriter(client, (sql) => sql, random);
  }

  async examine(copy: string): Promise<number> {
    const database = new DatabaseSync(join(copy, 'ledger.db'));
    try {
      const rows = (sql: string): string[][] =>
        database
          .prepare(sql)
          .all()
          .map((row) => Object.values(row).map(String));
      const [integrity] = rows('pragma integrity_check');
      if (integrity?.[0] !== 'ok') throw new Error(`integrity_check says ${integrity?.join(' ')}`);
      return committedIn({
        entries: rows(queries.entries),
        slots: rows(queries.slots),
        newest: rows(queries.newest),
      });
    } finally {
      database.close();
    }
  }

  stop(): Promise<void> {
    return this.writer.stop();
  }
}

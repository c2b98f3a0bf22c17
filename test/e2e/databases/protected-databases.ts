// Databases under load in a protected folder, and cuts: both servers are killed at once, and what the replica is at that moment is
// opened as it would be after a failover. The databases know nothing of it: they run on over the filter, which stays.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobReport } from '../../../src/model/report.ts';
import { beneath, filterAt } from '../../../src/platform/filtered-folders/mounted-filters.ts';
import { takeFiltersAway } from '../../support/filters.ts';
import { isQuiet, Pair, type Stage } from '../../support/serve-process.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import { PostgresCluster } from './postgres-cluster.ts';
import { SqliteDatabase } from './sqlite-database.ts';

const patienceMs = 60_000;

export interface Database {
  readonly name: string;
  readonly writer: LedgerWriter;
  /** How many transactions a copy of its folder holds. Rejects when it does not open, or holds anything but the first ones. */
  examine(copy: string): Promise<number>;
  /** Ends it and all its clients. Rejects when one of them has had an error. */
  stop(): Promise<void>;
}

/** What one database was at a cut. */
export interface Outcome {
  readonly database: string;
  readonly committed: number;
  /** How many transactions the replica held; undefined when it held no such thing. */
  readonly held: number | undefined;
  /** Why the promise was not kept; empty when it was. */
  readonly fault: string;
}

export interface Cut {
  /** A mirror ran, or was wanted, so that nothing is promised. */
  readonly isInMirror: boolean;
  /** Since the cut before. */
  readonly mirrors: number;
  readonly outcomes: readonly Outcome[];
}

export class ProtectedDatabases {
  readonly #pair: Pair;
  readonly #random: (below: number) => number;
  readonly #databases: (Database & { readonly folder: string })[] = [];
  /** Transactions that the replica held at the last cut, by database. */
  readonly #held = new Map<string, number>();
  #mirrors = 0;
  #cuts = 0;

  static async open(
    stage: Stage,
    capture: 'filter' | 'watch',
    random: (below: number) => number,
  ): Promise<ProtectedDatabases> {
    // The account of PostgreSQL passes through it.
    chmodSync(stage.folder, 0o711);
    stage.whenClosed(() => takeFiltersAway(stage.folder));
    const pair = await Pair.open(stage);
    await pair.connect('wait for mirror $con timeout 1 minute', `capture ${capture}`);
    assert.equal(filterAt(pair.workload) !== undefined, capture === 'filter');
    const databases = new ProtectedDatabases(pair, random);
    await databases.#start();
    return databases;
  }

  private constructor(pair: Pair, random: (below: number) => number) {
    this.#pair = pair;
    this.#random = random;
  }

  /** Kills both servers at a random moment, looks at the replica, and starts the servers again. */
  async cut(): Promise<Cut> {
    const { source, target, stage, replica } = this.#pair;
    const before = this.#mirrors;
    await this.#untilReplicating();
    await sleep(this.#random(4) === 0 ? this.#random(60) : this.#random(1500));
    await Promise.all([source.kill(), target.kill()]);
    const committed = this.#databases.map(({ writer }) => writer.committed);
    this.#cuts += 1;
    const copy = stage.path(`cut-${this.#cuts}`);
    execFileSync('cp', ['--archive', replica, copy]);
    const isInMirror = !this.#isReplicaGood();
    const [outcomes] = await Promise.all([this.#examine(copy, committed), source.start(), target.start()]);
    if (!isInMirror) for (const { database, held } of outcomes) this.#held.set(database, held ?? 0);
    for (const { writer } of this.#databases) writer.check();
    rmSync(copy, { recursive: true });
    return { isInMirror, mirrors: this.#mirrors - before, outcomes };
  }

  /** Ends the databases, and lets the target apply everything; gives what rsync(1) finds to differ then. */
  async finish(): Promise<string> {
    await this.#untilReplicating();
    for (const database of this.#databases.splice(0)) await database.stop();
    const { stage, source, workload, replica } = this.#pair;
    if (filterAt(workload) === undefined) await this.#pair.untilEqual();
    else {
      const { exitCode, out, notes } = await stage.command('verify', '1', '--home', source.home);
      assert.equal(exitCode, 0, `verify: ${out}${notes}`);
      await this.#pair.until(isQuiet);
    }
    const words = ['-aHAXn', '--delete', '--checksum', '--itemize-changes', `${beneath(workload)}/`, `${replica}/`];
    return execFileSync('rsync', words, { encoding: 'utf8' });
  }

  /** Ends the servers, then the filter, and sees to it that its processes end by themselves. */
  async end(): Promise<void> {
    const { source, target, stage } = this.#pair;
    await Promise.all([source.terminate(), target.terminate()]);
    assert.equal(takeFiltersAway(stage.folder), 'by itself');
  }

  async #start(): Promise<void> {
    const { stage, workload, replica } = this.#pair;
    const add = async (name: string, make: (folder: string) => Database | Promise<Database>): Promise<void> => {
      const database = await make(join(workload, name));
      this.#databases.push(Object.assign(database, { folder: name }));
    };
    await add('sqlite-wal', (folder) => new SqliteDatabase(stage, folder, 'wal', this.#random));
    await add('sqlite-journal', (folder) => new SqliteDatabase(stage, folder, 'delete', this.#random));
    await add('postgres', (folder) => PostgresCluster.open(stage, folder, this.#random));
    await this.#until('the databases commit nothing', () =>
      this.#databases.every(({ writer }) => writer.committed > 0),
    );
    // What is written later arrives later: when the replica has it, all ledgers are in it, too.
    writeFileSync(join(workload, 'ready'), '');
    await this.#until('nothing reaches the replica', () => existsSync(join(replica, 'ready')));
    this.#mirrors = (await this.#pair.until(isReplicating)).mirror.completed - 1;
  }

  /** @param reproach What is wrong when it does not come to that. */
  async #until(reproach: string, isSo: () => boolean): Promise<void> {
    for (const endMs = performance.now() + patienceMs; !isSo(); await sleep(20)) {
      for (const { writer } of this.#databases) writer.check();
      assert(performance.now() < endMs, reproach);
    }
  }

  /** Until a mirror is complete that began after the servers did. */
  async #untilReplicating(): Promise<void> {
    const report = await this.#pair.until((one) => isReplicating(one) && one.mirror.completed > this.#mirrors);
    this.#mirrors = report.mirror.completed;
  }

  /** As the target has it on its disk, where a failover would read it. */
  #isReplicaGood(): boolean {
    const file = join(this.#pair.target.home, 'jobs', this.#pair.jobId, 'target', 'target.json');
    return JSON.parse(readFileSync(file, 'utf8')).dataState === 'OK';
  }

  async #examine(copy: string, committed: readonly number[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const [index, database] of this.#databases.entries()) {
      const atMost = (committed[index] ?? 0) + 1;
      const atLeast = this.#held.get(database.name) ?? 0;
      const outcome = { database: database.name, committed: committed[index] ?? 0 };
      try {
        const held = await database.examine(join(copy, database.folder));
        const isPossible = held >= atLeast && held <= atMost;
        outcomes.push({ ...outcome, held, fault: isPossible ? '' : `${held} is not from ${atLeast} to ${atMost}` });
      } catch (thrown) {
        const fault = thrown instanceof Error ? thrown.message : String(thrown);
        outcomes.push({ ...outcome, held: undefined, fault });
      }
    }
    return outcomes;
  }
}

function isReplicating({ mirror, targetState }: JobReport): boolean {
  return mirror.status === 'Idle' && mirror.completed > 0 && targetState === 'OK';
}

// A PostgreSQL cluster in a folder: a server of its own, reached by a socket in the stage alone, with a ledger in it and pgbench
// beside it, so that pages are also written by others than the ledger's client.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../../support/serve-process.ts';
import { committedIn, queries } from './ledger.ts';
import { LedgerWriter } from './ledger-writer.ts';
import type { Database } from './protected-databases.ts';

const patienceMs = 120_000;
/** Checkpoints, and new files for the log, every few seconds. */
const settings = ['max_wal_size=8MB', 'min_wal_size=2MB', 'checkpoint_timeout=30s', 'autovacuum_naptime=5s'];
/** Of the tables of pgbench: each transaction adds the same to one row of each. */
const benchSums =
  'select (select sum(abalance) from pgbench_accounts), (select sum(bbalance) from pgbench_branches), ' +
  '(select sum(tbalance) from pgbench_tellers), (select coalesce(sum(delta), 0) from pgbench_history)';

/** The folder of the server's programs, of the newest version; undefined where there is none. */
export function postgresPrograms(): string | undefined {
  const folders = globSync('/usr/lib/postgresql/*/bin').toSorted((one, other) => versionOf(one) - versionOf(other));
  return folders.filter((folder) => existsSync(join(folder, 'pgbench'))).at(-1);
}

export class PostgresCluster implements Database {
  readonly name = 'PostgreSQL';
  readonly writer: LedgerWriter;
  readonly #stage: Stage;
  readonly #server: PostgresServer;
  readonly #load: ChildProcess;

  /** @param folder Is made; the cluster is its content. */
  static async open(stage: Stage, folder: string, random: (below: number) => number): Promise<PostgresCluster> {
    mkdirSync(folder);
    execFileSync('chown', ['postgres:', folder]);
    const words = ['-D', folder, '-A', 'trust', '--wal-segsize=1', '--no-instructions', '-E', 'UTF8', '--locale=C'];
    await ranWell(stage, 'initdb', [...words, '-N']);
    const server = await PostgresServer.start(stage, folder);
    await ranWell(stage, 'pgbench', [...server.words, '-i', '-q', 'postgres']);
    return new PostgresCluster(stage, server, random);
  }

  private constructor(stage: Stage, server: PostgresServer, random: (below: number) => number) {
    this.#stage = stage;
    this.#server = server;
    const words = [...server.words, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres'];
    const client = started(stage, 'psql', words, 'pipe');
    this.writer = new LedgerWriter(client, (sql, line) => `${sql} \\echo ${line}`, random);
    this.#load = started(stage, 'pgbench', [...server.words, '-n', '-c', '2', '-T', '86400', '-R', '20', 'postgres']);
  }

  async examine(copy: string): Promise<number> {
    // It names the process of the cluster that was copied, which runs.
    rmSync(join(copy, 'postmaster.pid'), { force: true });
    const server = await PostgresServer.start(this.#stage, copy);
    try {
      const rows = async (sql: string): Promise<string[][]> => {
        const out = await ranWell(this.#stage, 'psql', [
          ...server.words,
          '-XAt',
          '-F',
          ' ',
          '-d',
          'postgres',
          '-c',
          sql,
        ]);
        return out
          .split('\n')
          .slice(0, -1)
          .map((line) => line.split(' '));
      };
      await ranWell(this.#stage, 'pg_amcheck', [...server.words, '--install-missing', '--heapallindexed', 'postgres']);
      const [sums = []] = await rows(benchSums);
      if (new Set(sums).size > 1) throw new Error(`the sums of pgbench are ${sums.join(', ')}`);
      return committedIn({
        entries: await rows(queries.entries),
        slots: await rows(queries.slots),
        newest: await rows(queries.newest),
      });
    } finally {
      await server.stop('SIGQUIT');
    }
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#load;
    if (exitCode !== null || signalCode !== null) throw new Error(`pgbench ended with ${exitCode ?? signalCode}`);
    const ended = once(this.#load, 'exit');
    this.#load.kill('SIGINT');
    await ended;
    await this.writer.stop();
    await this.#server.stop('SIGINT');
  }
}

class PostgresServer {
  /** For its clients. */
  readonly words: readonly string[];
  readonly #process: ChildProcess;
  #said = '';

  /** Resolves when it takes clients: when its recovery is over. */
  static async start(stage: Stage, folder: string): Promise<PostgresServer> {
    const server = new PostgresServer(stage, folder);
    const endMs = performance.now() + patienceMs;
    while (!(await server.#takesClients(stage))) {
      const { exitCode, signalCode } = server.#process;
      const isOver = exitCode !== null || signalCode !== null;
      if (!isOver && performance.now() < endMs) {
        await sleep(50);
        continue;
      }
      await server.stop('SIGKILL');
      const lines = server.#said.split('\n').filter((line) => !line.includes('the database system is starting up'));
      throw new Error(`PostgreSQL does not start: ${lines.join('\n')}`);
    }
    return server;
  }

  private constructor(stage: Stage, folder: string) {
    const sockets = stage.makeFolder(`sockets-${process.hrtime.bigint()}`);
    execFileSync('chown', ['postgres:', sockets]);
    const given = [...settings, 'listen_addresses=', `unix_socket_directories=${sockets}`];
    this.words = ['-h', sockets, '-U', 'postgres'];
    this.#process = started(stage, 'postgres', ['-D', folder, ...given.flatMap((one) => ['-c', one])]);
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (piece: Buffer) => {
        this.#said = `${this.#said}${piece}`.slice(-4000);
      });
  }

  /** @param signal SIGINT lets it write everything, SIGQUIT nothing (postgres(1)). */
  async stop(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    await ended;
    if (signal === 'SIGINT' && this.#process.exitCode !== 0) throw new Error(`PostgreSQL did not stop: ${this.#said}`);
  }

  async #takesClients(stage: Stage): Promise<boolean> {
    const { exitCode } = await stage.finish(started(stage, 'pg_isready', ['-q', ...this.words]));
    return exitCode === 0;
  }
}

function versionOf(folder: string): number {
  return Number(basename(join(folder, '..')));
}

/** A program of PostgreSQL under its account, in a folder that the account may enter. It says each line at once. */
function started(stage: Stage, name: string, words: readonly string[], input?: 'pipe'): ChildProcess {
  const account = ['--reuid=postgres', '--regid=postgres', '--init-groups'];
  const program = join(postgresPrograms() ?? '', name);
  return stage.spawn('env', ['--chdir=/', 'stdbuf', '-oL', program, ...words], account, input);
}

/** What it said on its standard output. */
async function ranWell(stage: Stage, name: string, words: readonly string[]): Promise<string> {
  const { exitCode, out, notes } = await stage.finish(started(stage, name, words));
  if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}: ${out}${notes}`);
  return out;
}

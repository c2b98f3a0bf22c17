// Lets a database's client commit one transaction of the ledger after the other, and knows how many it has reported as committed.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { schema, transaction } from './ledger.ts';

/** Between two transactions, so that there are moments in which nothing is written. */
const pauseMsMax = 40;

export class LedgerWriter {
  readonly #client: ChildProcess;
  readonly #line: (sql: string, line: number) => string;
  readonly #random: (below: number) => number;
  readonly #running: Promise<void>;
  #said = '';
  #committed = 0;
  #isStopping = false;

  /**
   * @param client Says the number of a line once the line is committed.
   * @param line What the client is given for a line of SQL.
   */
  constructor(client: ChildProcess, line: (sql: string, line: number) => string, random: (below: number) => number) {
    this.#client = client;
    this.#line = line;
    this.#random = random;
    client.stderr?.on('data', (piece: Buffer) => {
      this.#said += piece.toString();
    });
    // It is awaited by `stop`; until then `check` tells of it.
    this.#running = this.#run();
    this.#running.catch(() => undefined);
  }

  /** The number of the last transaction that is known to be committed; one more may be. */
  get committed(): number {
    return this.#committed;
  }

  /** Throws when the client has said anything that is no number, or is gone. */
  check(): void {
    if (this.#said !== '' || this.#client.exitCode !== null || this.#client.signalCode !== null)
      throw new Error(`a writer ended with ${this.#client.exitCode} after ${this.#committed}: ${this.#said}`);
  }

  /** Resolves when all is committed and the client has ended well. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    if (this.#said !== '' || this.#client.exitCode !== 0)
      throw new Error(`a writer ended with ${this.#client.exitCode} after ${this.#committed}: ${this.#said}`);
  }

  async #run(): Promise<void> {
    const { stdin, stdout } = this.#client;
    if (stdin === null || stdout === null) throw new Error('the client has no pipes');
    const ended = once(this.#client, 'close');
    stdin.on('error', () => undefined);
    const heard = createInterface({ input: stdout })[Symbol.asyncIterator]();
    let line = 0;
    const commit = async (sql: string): Promise<void> => {
      line += 1;
      stdin.write(`${this.#line(sql, line)}\n`);
      const { value } = await heard.next();
      if (value !== String(line)) throw new Error(`it said ${value} to line ${line}: ${this.#said}`);
    };
    await commit(`begin; ${schema.join('; ')}; commit;`);
    while (!this.#isStopping) {
      await commit(transaction(this.#committed + 1));
      this.#committed += 1;
      await sleep(this.#random(pauseMsMax));
    }
    stdin.end();
    await ended;
  }
}

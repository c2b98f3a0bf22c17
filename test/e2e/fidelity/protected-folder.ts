// A folder that a filter protects, with a connection to a second server, and a bare folder beside it on the same file system.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { filterAt } from '../../../src/platform/filtered-folders/mounted-filters.ts';
import { takeFiltersAway } from '../../support/filters.ts';
import { replicaFaults } from '../../support/replica-faults.ts';
import { type Ended, Pair, type Stage } from '../../support/serve-process.ts';

export class ProtectedFolder {
  readonly stage: Stage;
  readonly bare: string;
  readonly #pair: Pair;

  static async open(stage: Stage): Promise<ProtectedFolder> {
    // Other users are to reach the folder.
    chmodSync(stage.folder, 0o711);
    stage.whenClosed(() => takeFiltersAway(stage.folder));
    const pair = await Pair.open(stage);
    await pair.connect('wait for mirror $con timeout 1 minute', 'capture filter');
    assert(filterAt(pair.workload) !== undefined, 'the folder is not filtered');
    return new ProtectedFolder(stage, pair);
  }

  private constructor(stage: Stage, pair: Pair) {
    this.stage = stage;
    this.#pair = pair;
    this.bare = stage.makeFolder('bare');
  }

  /** The protected one. */
  get path(): string {
    return this.#pair.workload;
  }

  /** Runs a program in it, or elsewhere; fails when the program does. Gives its standard output. */
  async run(program: string, words: readonly string[], folder = this.path): Promise<string> {
    const ended = await this.#finish(program, words, folder);
    assert.equal(ended.exitCode, 0, `${program} ${words.join(' ')}: ${ended.out}${ended.notes}`);
    return ended.out;
  }

  /** In sentences, what of the replica is not equal in the end; then all is taken down. */
  async finish(): Promise<string> {
    const faults = await replicaFaults(this.#pair);
    const { source, target } = this.#pair;
    // More than one when the filter could not tell everything as it happened, such as writes to a file whose names it does not know.
    process.stdout.write(`mirrors: ${(await source.api.jobs.list())[0]?.mirror.completed}\n`);
    await Promise.all([source.terminate(), target.terminate()]);
    const isByItself = takeFiltersAway(this.stage.folder) === 'by itself';
    return [...faults, ...(isByItself ? [] : ['the filter did not end by itself when it was unmounted'])].join('\n');
  }

  #finish(program: string, words: readonly string[], folder: string): Promise<Ended> {
    return this.stage.finish(this.stage.spawn('env', [`--chdir=${folder}`, program, ...words]));
  }
}

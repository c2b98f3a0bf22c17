// Two real servers and a filter over the source's folder, whose processes are killed at random instants while programs write.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beneath, filterAt } from '../../../src/platform/filtered-folders/mounted-filters.ts';
import { takeFiltersAway } from '../../support/filters.ts';
import { numbers } from '../../support/numbers.ts';
import { replicaFaults } from '../../support/replica-faults.ts';
import { Pair, type Stage } from '../../support/serve-process.ts';
import { BusyPrograms } from './busy-programs.ts';

const patienceMs = 120_000;
/** How long programs go on when nothing is killed any more. */
const aloneMs = 3000;

export const victims = [
  'the filter',
  'the engine',
  'the filter and the engine',
  'the guard, the filter and the engine',
] as const;
export type Victim = (typeof victims)[number];

export interface Kill {
  readonly victim: Victim;
  /** The longest call of a program since the kill before, and which that was. */
  readonly pauseMs: number;
  readonly pauseText: string;
  /** Until the folder could be written again, when its guard was killed. */
  readonly usableMs: number | undefined;
  /** What was promised and is not so, in sentences. */
  readonly faults: readonly string[];
}

export class KilledServers {
  readonly programs: BusyPrograms;
  readonly #pair: Pair;
  readonly #random: (below: number) => number;
  readonly #pauseMsMax: number;
  #gapFiles = 0;

  /** @param pauseMsMax No call may take longer, and a folder whose guard was killed must be usable again within this. */
  static async open(stage: Stage, seed: number, pauseMsMax: number): Promise<KilledServers> {
    stage.whenClosed(() => takeFiltersAway(stage.folder));
    const pair = await Pair.open(stage);
    await pair.connect('wait for mirror $con timeout 1 minute', 'capture filter');
    assert(filterAt(pair.workload) !== undefined, 'the folder is not filtered');
    return new KilledServers(pair, seed, pauseMsMax);
  }

  private constructor(pair: Pair, seed: number, pauseMsMax: number) {
    this.#pair = pair;
    this.#random = numbers(seed);
    this.#pauseMsMax = pauseMsMax;
    this.programs = new BusyPrograms(pair.stage, pair.workload, seed, pauseMsMax);
    mkdirSync(join(pair.workload, 'gaps'));
    this.programs.start();
  }

  /** At a random moment. Resolves when everything runs again. */
  async kill(victim: Victim): Promise<Kill> {
    const { programs } = this;
    await sleep(this.#random(4) === 0 ? this.#random(60) : this.#random(1500));
    const usableMs = victim === victims[3] ? await this.#killAll() : await this.#killSome(victim);
    // A call is answered, so calls that were held up have ended, and programs have told of them.
    await stat(join(this.#pair.workload, `asked-${this.#random(2 ** 30)}`)).catch(() => undefined);
    await sleep(200);
    const pause = programs.pauses.splice(0).toSorted((one, other) => other.ms - one.ms)[0];
    const isLate = usableMs !== undefined && usableMs >= this.#pauseMsMax;
    const late = isLate ? [`the folder was usable only ${usableMs} ms after its guard was killed`] : [];
    const lost = programs.synced.faults(beneath(this.#pair.workload));
    const faults = [...programs.faults.splice(0), ...late, ...lost];
    return { victim, pauseMs: pause?.ms ?? 0, pauseText: pause?.text ?? '', usableMs, faults };
  }

  /** Ends the programs, and lets the target apply everything; gives in sentences what is not as it must be then. */
  async finish(): Promise<string[]> {
    const { workload, replica } = this.#pair;
    // What comes behind the last mirror is compared, too, which no other will find.
    await this.#pair.until(({ mirror, targetState }) => mirror.status === 'Idle' && targetState === 'OK');
    await sleep(aloneMs);
    await this.programs.stop();
    const differing = await replicaFaults(this.#pair);
    return [
      ...this.programs.faults,
      ...differing,
      ...this.programs.synced.faults(beneath(workload)),
      ...this.programs.synced.faults(replica).map((one) => `in the replica, ${one}`),
    ];
  }

  /** Ends the servers, then the filter, and sees to it that its processes end by themselves. */
  async end(): Promise<void> {
    const { source, target, stage } = this.#pair;
    await Promise.all([source.terminate(), target.terminate()]);
    assert.equal(takeFiltersAway(stage.folder), 'by itself');
  }

  async #killSome(victim: Victim): Promise<undefined> {
    const { source } = this.#pair;
    if (victim !== 'the engine') {
      const { guard, filter } = this.#processes();
      process.kill(filter, 'SIGKILL');
      const kills = victim === 'the filter' ? undefined : source.kill();
      await this.#until('the guard starts no filter', () => {
        const now = filterProcessOf(guard);
        return now !== undefined && now !== filter;
      });
      await kills;
    } else await source.kill();
    if (victim !== 'the filter') await source.start();
  }

  /** Gives how long it took until the folder could be written again. */
  async #killAll(): Promise<number> {
    const { source, workload } = this.#pair;
    const { guard, filter } = this.#processes();
    let usableMs: number | undefined;
    await this.programs.allowingCuts(async () => {
      const beganMs = performance.now();
      process.kill(guard, 'SIGKILL');
      process.kill(filter, 'SIGKILL');
      await source.kill();
      const started = source.start();
      // What is written before there is a new filter is the gap, which a mirror must find.
      await this.#until('no new filter is mounted', () => {
        if (this.#isWritable()) usableMs ??= Math.round(performance.now() - beganMs);
        return usableMs !== undefined && filterAt(workload) !== undefined;
      });
      await started;
    });
    this.programs.start();
    return usableMs ?? patienceMs;
  }

  #isWritable(): boolean {
    try {
      writeFileSync(join(this.#pair.workload, 'gaps', String(this.#gapFiles % 50)), `gap ${this.#gapFiles}`);
      this.#gapFiles += 1;
      return true;
    } catch {
      return false;
    }
  }

  #processes(): { readonly guard: number; readonly filter: number } {
    const guard = filterAt(this.#pair.workload)?.guardProcess ?? 0;
    const filter = filterProcessOf(guard);
    assert(filter !== undefined, 'the filter does not run');
    return { guard, filter };
  }

  /** @param reproach What is wrong when it does not come to that. */
  async #until(reproach: string, isSo: () => boolean): Promise<void> {
    for (const endMs = performance.now() + patienceMs; !isSo(); await sleep(10))
      assert(performance.now() < endMs, reproach);
  }
}

function filterProcessOf(guard: number): number | undefined {
  const children = readFileSync(`/proc/${guard}/task/${guard}/children`, 'utf8').trim();
  return children === '' ? undefined : Number(children.split(' ')[0]);
}

// From a seed to a scenario: which servers and jobs there are, what programs do to the workloads, and which faults strike.
//
// Faults are dealt out so that over many seeds each kind meets each state of a job equally often: the strikes of a seed are
// consecutive cells of the table of kinds and states, and for each one the job is led into the state first.
import { scriptPoints } from '../../model/stream/mirror-script.ts';
import { Chance } from '../chance.ts';
import { type FaultKind, faultKinds } from '../scenario/events/faults.ts';
import { filterFaultKinds } from '../scenario/events/filter-faults.ts';
import { isTakeover } from '../scenario/events/hello-race.ts';
import { type JobState, jobStates } from '../scenario/job-state.ts';
import type { Scenario } from '../scenario/play.ts';

interface Shape {
  readonly servers: readonly string[];
  /** Name, source and target of each job; the first is the one that faults are aimed at. */
  readonly jobs: readonly (readonly [string, string, string])[];
}

const shapes = {
  'one to one': { servers: ['alpha', 'beta'], jobs: [['one', 'alpha', 'beta']] },
  'many to one': {
    servers: ['alpha', 'beta', 'gamma'],
    jobs: [
      ['one', 'alpha', 'beta'],
      ['two', 'gamma', 'beta'],
    ],
  },
  'one to many': {
    servers: ['alpha', 'beta', 'gamma'],
    jobs: [
      ['one', 'alpha', 'beta'],
      ['two', 'alpha', 'gamma'],
    ],
  },
} as const satisfies Readonly<Record<string, Shape>>;

const strikesEach = 8;

/** States that a job would leave at once if nothing took any time. */
const passing: ReadonlySet<JobState> = new Set(['mirroring', 'replicating', 'verifying']);

/** States in which the source is there and reaches its target. */
const watchable: ReadonlySet<JobState> = new Set(['mirroring', 'replicating', 'idle', 'in a task', 'verifying']);

export function planOf(seed: number): Scenario {
  return { seed, lines: new Planner(seed).lines() };
}

class Planner {
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #lines: string[] = [];
  readonly #shape: Shape;
  readonly #hasSmallQueue: boolean;
  readonly #capture: 'operations' | 'filter' | 'changes' | 'late';
  #labels = 0;
  /** The job that strikes are aimed at. */
  readonly #job = 'one';
  #isConnected = false;
  /** Decided without a chance, so that the other plans stay what they were. */
  readonly #changesLines: boolean;
  readonly #edits: boolean;
  #isHeld = false;
  readonly #holdsMirrors: boolean;
  readonly #cancels: boolean;
  #holds = 0;
  #held: 'pause' | 'pause-target' | 'stop' = 'pause';

  constructor(seed: number) {
    this.#seed = seed;
    this.#chance = new Chance(seed ^ 0x5eed);
    this.#changesLines = seed % 7 === 3;
    this.#holdsMirrors = seed % 6 === 4;
    this.#edits = seed % 6 === 1;
    this.#cancels = seed % 5 === 2;
    const shape = this.#chance.oneOf(['one to one', 'one to one', 'many to one', 'one to many'] as const);
    this.#shape = shapes[shape];
    this.#hasSmallQueue = this.#chance.percent(25);
    const capture = this.#chance.oneOf(['operations', 'operations', 'changes', 'late'] as const);
    // Decided without a chance, so that the other plans stay what they were.
    this.#capture = capture === 'operations' && seed % 2 === 1 ? 'filter' : capture;
  }

  lines(): readonly string[] {
    this.#world();
    this.#begin();
    for (let index = 0; index < strikesEach; index += 1) {
      this.#isHeld = this.#changesLines && (this.#seed + index) % 2 === 0;
      const cell = this.#seed * strikesEach + index;
      const kind = faultKinds[cell % faultKinds.length];
      const state = jobStates[Math.floor(cell / faultKinds.length) % jobStates.length];
      if (kind !== undefined && state !== undefined) this.#strike(kind, state);
    }
    this.#say('settle');
    if (this.#chance.percent(30)) this.#lastTurn();
    return this.#lines;
  }

  #say(line: string): void {
    this.#lines.push(line);
  }

  #world(): void {
    const chance = this.#chance;
    this.#say(`servers ${this.#shape.servers.join(' ')}`);
    this.#say(`capture ${this.#capture}`);
    this.#say(`slow-calls ${chance.oneOf([0, 10, 40])}`);
    if (this.#hasSmallQueue) this.#say('queue small');
    if (this.#seed % 8 === 6) this.#say('remirror off');
    if (this.#seed % 16 === 2) this.#say('remirror none');
    this.#say('yields');
  }

  #begin(): void {
    for (const [, source] of this.#shape.jobs) this.#work(source, this.#chance.below(15));
    for (const [name, source, target] of this.#shape.jobs) {
      this.#say(`connect ${name} ${source} ${target}${this.#seed % 3 === 0 ? ' keep' : ''}`);
    }
    this.#isConnected = true;
    // Decided without a chance, so that the other plans stay what they were.
    if (this.#seed % 5 === 0) this.#addScripts();
    if (this.#changesLines) this.#narrow();
  }

  /** On both servers and at all points of a mirror, with all ends that a program has. */
  #addScripts(): void {
    for (const side of ['source', 'target'])
      for (const [index, point] of scriptPoints.entries())
        this.#say(`script ${this.#job} ${side} ${point} ${['ends', 'fails', 'hangs'][(this.#seed + index) % 3]}`);
  }

  /** The line of the job is limited and compressed. Decided without a chance, as what follows. */
  #narrow(): void {
    this.#say(`line ${this.#job} limit ${[3500, 40_000, 400_000][this.#seed % 3]}`);
    this.#say(`line ${this.#job} compress ${[1, 3, 9, 'none'][this.#seed % 4]}`);
  }

  /** Behind each of them something strikes, which may come before it is answered. Decided without a chance. */
  #edit(number: number): void {
    const edits = [
      `mirror ${['none', 'attributes-delta', 'data-delta'][number % 3]}`,
      `orphans ${['keep', 'delete'][number % 2]}`,
      `capture ${['watch', 'filter', 'auto'][number % 3]}`,
      `compress ${[1, 9, 'none'][number % 3]}`,
    ];
    this.#say(`edit ${this.#job} ${edits[number % edits.length]}${number % 5 < 3 ? ' meanwhile' : ''}`);
  }

  /** Until `release` nothing is sent, nothing is applied, or the job is stopped. */
  #hold(): void {
    this.#holds += 1;
    this.#held = (['pause', 'pause-target', 'stop'] as const)[this.#holds % 3] ?? 'pause';
    this.#say(`line ${this.#job} ${this.#held}`);
  }

  #release(): void {
    this.#say(`line ${this.#job} ${this.#held === 'pause-target' ? 'resume-target' : 'start'}`);
    this.#narrow();
  }

  /** The operator holds the mirrors: before the strike they could not, as it waits for a state that then never comes. */
  #holdMirrors(): void {
    this.#holds += 1;
    if (this.#holds % 2 === 0) this.#say(`mirror ${this.#job} data-delta`);
    this.#say(`mirrors ${this.#job} ${this.#holds % 2 === 0 ? 'pause' : 'stop'}`);
  }

  /** A job is starting when it has been asked for and its target has not accepted it yet. */
  #startingStrike(kind: FaultKind): void {
    const job = this.#job;
    this.#say(`disconnect ${job}`);
    this.#say(`begin-connect ${job}`);
    this.#say(`strike ${job} ${kind} for ${this.#chance.between(50, 3000)}${this.#atCall()}`);
    this.#restart();
    this.#say(`connect ${job}`);
  }

  #strike(kind: FaultKind, state: JobState): void {
    const chance = this.#chance;
    if (state === 'starting') {
      this.#startingStrike(kind);
      return;
    }
    this.#work('alpha', chance.below(12));
    if (this.#isHeld) this.#hold();
    if (chance.percent(20)) this.#say(`snapshot ${this.#job} s${this.#label()}`);
    if (chance.percent(15)) this.#say(`verify ${this.#job} and-wait`);
    if (passing.has(state)) this.#say(`latency ${chance.between(10, 80)}`);
    this.#lead(state);
    if (this.#capture === 'filter') this.#strikeFilter();
    if (state === 'disconnected' && this.#hasSmallQueue && chance.percent(50)) this.#say(`fill-queue ${this.#job}`);
    // Longer than an operation is tried, so that it is given up; longer than the other side waits for a word.
    const isLong = kind.startsWith('replica disk') || kind.startsWith('stall');
    const lasts = isLong && chance.percent(40) ? 24_000 : 0;
    const durationMs = lasts + chance.between(20, 4000);
    const takesOver = kind === 'call during hello' && isTakeover(durationMs);
    const isFilled = kind === 'capture overflow' && this.#hasSmallQueue && chance.percent(50);
    if (isFilled) this.#fill('before');
    // Its source is there: whatever a target that stood still concludes, it must not be that it is not.
    const isWatched = kind === 'stall of target' && watchable.has(state);
    if (isWatched) this.#say(`monitor ${this.#job} ${chance.between(1000, 6000)}`);
    if (this.#edits) this.#edit(kind.length + durationMs);
    this.#say(`strike ${this.#job} ${kind} for ${durationMs}${this.#atCall()}`);
    if (isFilled) this.#fill('behind');
    if (this.#holdsMirrors) this.#holdMirrors();
    this.#work('alpha', chance.below(6));
    this.#say(`wait ${(isWatched ? durationMs : lasts) + chance.between(1, 2500)}`);
    if (isWatched) this.#say(`end-monitor ${this.#job}`);
    if (this.#isHeld) this.#release();
    if (this.#holdsMirrors) this.#say(`mirrors ${this.#job} ${this.#holds % 2 === 0 ? 'resume' : 'start'}`);
    if (passing.has(state) || isFilled) this.#say('latency 0');
    this.#restart();
    if (state === 'failed over' || takesOver) this.#comeBack();
    else if (kind === 'call during hello') this.#say(`connect ${this.#job}`);
  }

  /** What comes to a filter alone, beside the strike that every job gets. */
  #strikeFilter(): void {
    const chance = this.#chance;
    if (chance.percent(30)) this.#say(`busy ${this.#job} ${chance.between(100, 1500)}`);
    if (chance.percent(50)) return;
    const kind = chance.oneOf(filterFaultKinds);
    this.#say(`strike ${this.#job} ${kind} for ${chance.between(20, 4000)}${this.#atCall()}`);
    // More than waits for a server that takes nothing.
    const fills = kind === 'slow reader' ? chance.below(5) : 0;
    for (let fill = 0; fill < fills; fill += 1) {
      this.#say(`use ${this.#job} unlink full${fill}`);
      this.#say(`use ${this.#job} create full${fill} 100000 ${chance.below(256)}`);
    }
    if (chance.percent(50)) this.#say(`wait ${chance.between(1, 1000)}`);
  }

  /** Brings the job into the state. */
  #lead(state: JobState): void {
    const chance = this.#chance;
    const job = this.#job;
    switch (state) {
      case 'starting':
        return;
      case 'idle':
        this.#say(`until ${job} idle`);
        return;
      case 'disconnected':
        this.#say(`strike ${job} refused connections for ${chance.between(2000, 8000)}`);
        this.#work('alpha', chance.below(8));
        return;
      case 'mirroring': {
        const replaces = this.#capture !== 'late' && chance.percent(50);
        if (replaces) this.#prepareLink();
        this.#say(`mirror ${job} ${chance.oneOf(['none', 'attributes-whole', 'attributes-delta', 'data-delta'])}`);
        this.#say(`until ${job} mirroring`);
        if (!replaces) return;
        this.#say(`wait ${chance.between(1, 120)}`);
        this.#say(`use ${job} rename another ${chance.oneOf(['linked1', 'linked2'])}`);
        return;
      }
      case 'replicating':
        this.#say(`until ${job} idle`);
        this.#work('alpha', chance.between(5, 30));
        this.#say(`until ${job} replicating`);
        return;
      case 'in a task':
        this.#say(`task ${job} t${this.#label()} hangs`);
        this.#work('alpha', chance.below(8));
        this.#say(`until ${job} in-a-task`);
        return;
      case 'verifying':
        this.#say(`until ${job} idle`);
        this.#say(`verify ${job}`);
        return;
      case 'failed over':
        if (chance.percent(50)) this.#say(`strike ${job} ${chance.oneOf(['kill source', 'power failure of source'])}`);
        this.#say(`failover ${job} ${chance.oneOf(['apply', 'apply', 'discard'])}`);
    }
  }

  /** More than a small queue lets in before its target has taken some: what only notifications tell of has no room. */
  #fill(name: string): void {
    this.#say(`latency ${this.#chance.between(30, 80)}`);
    this.#say(`use ${this.#job} unlink ${name}`);
    this.#say(`use ${this.#job} create ${name} 150000 ${this.#chance.below(256)}`);
  }

  /** A file with two names, and one that may take one of them while a mirror has looked and not read. */
  #prepareLink(): void {
    const use = `use ${this.#job}`;
    for (const name of ['linked1', 'linked2', 'another']) this.#say(`${use} unlink ${name}`);
    for (const name of ['linked1', 'another'])
      this.#say(`${use} create ${name} ${this.#chance.oneOf([50, 150_000])} ${this.#chance.below(256)}`);
    this.#say(`${use} link linked1 linked2`);
    this.#say(`until ${this.#job} idle`);
  }

  /** The other way round after a failover, and then back again: reverse and undo. */
  #comeBack(): void {
    this.#restart();
    this.#say('wait 3000');
    // Decided without a chance, so that the other plans stay what they were.
    if (this.#seed % 4 === 0) this.#say(`return ${this.#job}`);
    if (this.#seed % 8 === 5) {
      this.#undo();
      return;
    }
    this.#say(`reverse ${this.#job}`);
  }

  /** Every second time its target is killed in the middle, and it is said once more. */
  #undo(): void {
    const job = this.#job;
    this.#labels += 1;
    this.#say(`work-live ${job} ${this.#labels}`);
    if (this.#labels % 2 === 0) {
      this.#say(`strike ${job} kill target for 300 at-call ${3 + 5 * this.#labels}`);
      this.#say(`undo ${job}`);
      this.#say('wait 300');
      this.#restart();
    }
    this.#say(`undo ${job}`);
    this.#say('wait 12000');
  }

  #restart(): void {
    for (const server of this.#shape.servers) this.#say(`start ${server}`);
    this.#say(`wait ${this.#chance.between(200, 1500)}`);
  }

  /** When all is equal: somebody damages the replica, and a verification must find exactly that. */
  #lastTurn(): void {
    this.#say(`damage ${this.#job} ${this.#chance.below(100)}`);
    this.#say(`verify ${this.#job} and-wait`);
    this.#say('settle');
  }

  #atCall(): string {
    return this.#chance.percent(60) ? ` at-call ${this.#chance.between(1, 80)}` : '';
  }

  #label(): number {
    this.#labels += 1;
    return this.#labels;
  }

  #work(server: string, count: number): void {
    for (let made = 0; made < count; made += 1) {
      // Where two jobs have a workload each on one server, the other one's changes too.
      const job = this.#shape === shapes['one to many'] && made % 3 === 2 ? 'two' : this.#job;
      this.#say(`${this.#isConnected && server === 'alpha' ? `use ${job}` : `do ${server}`} ${this.#change()}`);
      if (this.#chance.percent(25)) this.#say(`wait ${this.#chance.between(1, 40)}`);
      if (this.#isConnected && this.#chance.percent(2))
        this.#say(`task ${this.#job} t${this.#label()} ${this.#chance.oneOf(['ends', 'fails'])}`);
      // Decided without a chance, so that the other plans stay what they were. Its task may be on its way, or have ended.
      if (this.#cancels && this.#labels > 0 && made % 4 === 3) this.#say(`cancel-task ${this.#job} t${this.#labels}`);
    }
  }

  #change(): string {
    const chance = this.#chance;
    const folder = chance.oneOf(['', 'a/', 'b/', 'a/c/', 'd/']);
    const place = (): string => `${chance.oneOf(['', 'a/', 'b/', 'a/c/', 'd/'])}${chance.oneOf(['w', 'x', 'y', 'z'])}`;
    const path = `${folder}${chance.oneOf(['w', 'x', 'y', 'z'])}`;
    const subfolder = (): string => chance.oneOf(['a', 'b', 'a/c', 'd']);
    const kinds: readonly (() => string)[] = [
      () => `create ${path} ${chance.percent(30) ? 150_000 : chance.below(50)} ${chance.below(256)}`,
      () => `write ${path} ${chance.below(140_000)} ${1 + chance.below(70_000)} ${chance.below(256)}`,
      () => `write ${path} ${chance.below(40)} ${1 + chance.below(20)} ${chance.below(256)}`,
      () => `truncate ${path} ${chance.below(150_000)}`,
      () => `unlink ${path}`,
      () => `rename ${path} ${place()}`,
      () => `rename ${subfolder()} ${subfolder()}`,
      () => `mkdir ${subfolder()}`,
      () => `rmdir ${subfolder()}`,
      () => `symlink ${path} t${chance.below(5)}`,
      () => `chmod ${path} ${(0o600 + chance.below(64)).toString(8)}`,
      () => `punch ${path} ${chance.below(100_000)} ${1 + chance.below(100_000)}`,
      () => `mark ${path} ${chance.below(256)}`,
    ];
    // What is written through a hard link that is gone before anybody looks is seen by no late notification (inotify's limit).
    const links = this.#capture === 'late' ? [] : [() => `link ${path} ${place()}`];
    return chance.oneOf([...kinds, ...links])();
  }
}

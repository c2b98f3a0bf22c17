// Plays a scenario from its first line to its last and says how it went. A scenario is text: first what the world is like,
// then one action a line; what follows `#` is for people.
//
//   servers alpha beta              capture operations|filter|changes|late       slow-calls PERCENT        queue normal|small        yields
//   remirror auto|METHOD|off
//   with-witness
import { defaultQueueLimits } from '../../engine/queue/queue-limits.ts';
import type { RemirrorChoice } from '../../model/options/remirror.ts';
import type { Counts } from '../invariants/observed-stage.ts';
import { type FilterCounts, sumOf } from '../memory/filter/filter-line.ts';
import { Broken, type Invariant } from '../world/broken.ts';
import type { World, WorldOptions } from '../world/world.ts';
import { actions, mistake } from './actions.ts';
import type { FaultTable } from './events/faults.ts';
import { Stage } from './stage.ts';

export interface Scenario {
  readonly seed: number;
  readonly lines: readonly string[];
}

export interface Outcome {
  /** Of every call through every port, and of every answer. */
  readonly hash: string;
  readonly calls: number;
  readonly counts: Counts;
  readonly faults: FaultTable;
  /** Of all filters of the world; absent without filter capture. */
  readonly filtered: FilterCounts | undefined;
  /** How long it would have taken. */
  readonly simulatedMs: number;
  readonly broken: { readonly invariant: Invariant; readonly detail: string; readonly line: string } | undefined;
}

/** Where defects that show themselves outside of any call are told: the process that plays has to listen for them. */
export interface Defects {
  listen(tell: (thrown: Error) => void): () => void;
}

/** Throws a Failure `SCENARIO-INVALID` for a line that means nothing; a broken invariant is an outcome. */
export async function play(scenario: Scenario, defects: Defects): Promise<Outcome> {
  const lines = scenario.lines.map((line) => line.replace(/#.*/, '').trim());
  const stage = new Stage(worldOf(scenario.seed, lines));
  const faults: FaultTable = new Map();
  const stopListening = defects.listen((thrown) => {
    stage.defect ??= thrown;
  });
  let broken: Outcome['broken'];
  try {
    await stage.turn(200);
    for (const [index, line] of lines.entries()) {
      broken = await playLine({ stage, faults }, index, line);
      if (broken !== undefined) break;
    }
  } finally {
    stage.close();
    stopListening();
  }
  const { world, counts } = stage;
  const { hash, records } = world.history;
  const simulatedMs = world.clock.monotonicMs();
  return { hash, calls: records, counts, faults, filtered: filteredIn(world), simulatedMs, broken };
}

function filteredIn(world: World): FilterCounts | undefined {
  const all = world.serverNames.flatMap((name) => world.machine(name).filter?.counts ?? []);
  return all.length === 0 ? undefined : sumOf(all);
}

async function playLine(
  playing: Parameters<(typeof actions)[string]['do']>[0],
  index: number,
  line: string,
): Promise<Outcome['broken']> {
  const [verb = '', ...words] = line.split(/\s+/);
  if (verb === '' || verb in worldWords) return undefined;
  const action = actions[verb];
  if (action === undefined) throw mistake(index + 1, line, 'it begins with no known action');
  try {
    await action.do(playing, words);
    await playing.stage.turn(1, 1);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Broken) return { invariant: thrown.invariant, detail: thrown.message, line };
    const { name, message, stack } = thrown as Error;
    return { invariant: 'no defect', detail: `${name}: ${message}\n${stack ?? ''}`, line };
  }
}

type WorldPart = Partial<Omit<WorldOptions, 'seed'>>;

const smallQueue = {
  ...defaultQueueLimits,
  memoryBytesMax: 1_000_000,
  disk: 800_000,
  minimumFreeBytes: 0,
  logBytesMax: 64 * 1024,
} as const;

/** What the first lines of a scenario can say of the world. */
const worldWords: Readonly<Record<string, (words: readonly string[]) => WorldPart>> = {
  servers: (servers) => ({ servers }),
  capture: ([capture]) => ({ capture: capture as WorldOptions['capture'] }),
  yields: () => ({ yields: true }),
  'with-witness': () => ({ witness: true }),
  'slow-calls': ([percent]) => ({ slowCallsPercent: Number(percent) }),
  remirror: ([choice]) => ({
    parts: () => ({ reconnection: { atStart: true, remirror: (choice ?? 'auto') as RemirrorChoice } }),
  }),
  queue: ([size]) => (size === 'small' ? { queueLimits: smallQueue } : {}),
};

function worldOf(seed: number, lines: readonly string[]): WorldOptions {
  const parts = lines.map((line) => {
    const [word = '', ...words] = line.split(/\s+/);
    return worldWords[word]?.(words) ?? {};
  });
  return Object.assign({ seed, servers: ['alpha', 'beta'], capture: 'operations' } as const, ...parts) as WorldOptions;
}

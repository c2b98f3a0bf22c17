// An invariant of the engine that did not hold: which one, and what was seen. `no defect` is about what tells
// of itself: an assertion, an exception that nobody wrote down, a server that does not start.

export const invariants = {
  prefix: 'the replica is a state that the source was in, and never an older one than before',
  convergence: 'when faults end, replica and source become equal',
  durability: 'what the target acknowledged survives',
  tasks: 'a task starts at most once, in its place, and its end is told',
  'one writer': 'one job writes to a replica, and after a takeover nothing of the old source reaches it',
  bounds: 'queues and lines keep within their limits',
  truth: 'a verification reports every difference and nothing else',
  'no silence': 'a loss is told',
  'no defect': 'nothing fails in a way that nobody wrote down',
} as const;

export type Invariant = keyof typeof invariants;

export class Broken extends Error {
  override readonly name = 'Broken';
  readonly invariant: Invariant;

  constructor(invariant: Invariant, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

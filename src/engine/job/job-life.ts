// The phases of a job, on each of its two sides: one table of moves for each side, and every move is asserted. The head
// of DESIGN.md says how each state is entered, what is true in it and how it is left; a test compares it with these
// tables.
import { assert } from '../../base/failure.ts';

export type SourcePhase = 'starting' | 'connected' | 'apart' | 'finishing' | 'fenced' | 'stopped';
export type TargetPhase = 'protecting' | 'taking over' | 'failed over' | 'undoing' | 'given up';

type Moves<Phase extends string> = Readonly<Record<Phase, readonly Phase[]>>;

export const sourceMoves: Moves<SourcePhase> = {
  starting: ['connected', 'finishing', 'fenced', 'stopped'],
  connected: ['apart', 'finishing', 'fenced', 'stopped'],
  apart: ['connected', 'finishing', 'fenced', 'stopped'],
  finishing: ['fenced', 'stopped'],
  fenced: ['stopped'],
  stopped: [],
};

export const targetMoves: Moves<TargetPhase> = {
  protecting: ['taking over', 'given up'],
  'taking over': ['protecting', 'failed over'],
  'failed over': ['undoing', 'given up'],
  undoing: ['failed over', 'protecting'],
  'given up': [],
};

export class JobLife<Phase extends string> {
  readonly #moves: Moves<Phase>;
  #phase: Phase;

  constructor(moves: Moves<Phase>, first: Phase) {
    this.#moves = moves;
    this.#phase = first;
  }

  get phase(): Phase {
    return this.#phase;
  }

  is(...phases: readonly Phase[]): boolean {
    return phases.includes(this.#phase);
  }

  may(next: Phase): boolean {
    return next === this.#phase || this.#moves[this.#phase].includes(next);
  }

  /** A move to the present phase does nothing. */
  move(next: Phase): void {
    assert(this.may(next), `a job that is ${this.#phase} cannot become ${next}`);
    this.#phase = next;
  }
}

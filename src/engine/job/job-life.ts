// The life of a job, on each of its two sides: one table of states for each, and every move is asserted.
//
// On the source
//   starting      entered when the job is made. Roots are being opened and capture begins; the target has said nothing yet.
//                 Left for connected when a link is welcomed, for finishing, fenced or stopped.
//   connected     a link is up and both sides agree on a position; the stream flows. Left for apart when the link ends, for
//                 finishing when the job is to come to its end, for fenced or stopped.
//   apart         no link; capture and queue go on, and the link is tried again, soon at first and then every few seconds.
//                 Left as connected is, and for connected.
//   finishing     everything is in the stream and its end is marked; nothing more is captured, and the target still takes
//                 what it has not. It never goes back to protecting: left for fenced or stopped.
//   fenced        the target has taken over with a newer epoch. Nothing is captured or sent any more, whatever was under way.
//                 Never left: it ends with the process, or when its own operator gives the job up.
//   stopped       closed by its server. Never left.
//
// On the target
//   protecting    entered when the job is made or taken up. Operations are applied as they come. Left for taking over, or for
//                 given up by the source's word or the operator's.
//   taking over   somebody asked for a failover and nothing is given up yet: the epoch is still the source's. Left for failed
//                 over once the new epoch is durable, for protecting when that did not come to be. It cannot be given up.
//   failed over   the epoch is greater than the source's and the paths are marked live, both durably. Nothing is received or
//                 applied; the replica belongs to whoever uses it. Left for given up by the operator of this server alone:
//                 no word of the source counts, and the mark of the paths stays (runtime/jobs/live/live-paths.ts).
//   given up      the job is being forgotten. Never left.
import { assert } from '../../base/failure.ts';

export type SourcePhase = 'starting' | 'connected' | 'apart' | 'finishing' | 'fenced' | 'stopped';
export type TargetPhase = 'protecting' | 'taking over' | 'failed over' | 'given up';

type Moves<Phase extends string> = Readonly<Record<Phase, readonly Phase[]>>;

export const sourceMoves: Moves<SourcePhase> = {
  starting: ['connected', 'finishing', 'fenced', 'stopped'],
  connected: ['apart', 'finishing', 'fenced', 'stopped'],
  apart: ['connected', 'finishing', 'fenced', 'stopped'],
  finishing: ['fenced', 'stopped'],
  fenced: [],
  stopped: [],
};

export const targetMoves: Moves<TargetPhase> = {
  protecting: ['taking over', 'given up'],
  'taking over': ['protecting', 'failed over'],
  'failed over': ['given up'],
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

  /** To stay where one is is no move. */
  move(next: Phase): void {
    assert(this.may(next), `a job that is ${this.#phase} cannot become ${next}`);
    this.#phase = next;
  }
}

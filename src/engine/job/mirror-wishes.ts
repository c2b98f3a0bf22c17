// The part of the mirrors that the rooms below them use: they ask for a mirror when they missed a change that the
// stream cannot make good.

export interface MirrorWishes {
  /** Track was lost: a mirror that runs is ended, and another one begins. Does nothing when the job has ended. */
  wantAgain(reason: string): void;
}

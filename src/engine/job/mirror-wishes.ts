// What the rooms below the mirrors need of them: something was missed that the stream cannot make good.

export interface MirrorWishes {
  /** Track was lost: the mirror that runs, if any, is worth nothing. Does nothing when the job has come to its end. */
  wantAgain(reason: string): void;
}

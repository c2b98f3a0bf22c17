// A witness: a third place that says which of two servers has a name, for a limited time or for good. It is asked over a network that
// may be lost, and it may be down.
//
// Failure semantics
//   - At any moment at most one holder has a name. A lease that its holder does not keep alive ends by itself, never before its
//     time to live has passed since the last time that it was kept alive, counted from when that was asked for.
//   - Every call may reject with `WITNESS-UNREACHABLE` (retryable): nothing is known then, also not whether it was done. Done twice by
//     the same holder, a call has the effect of one. `WITNESS-REFUSED`: the witness answers, but does not serve this server.
//   - A holder is told that it has a lease only by the witness itself. Whoever holds one must count the time to live from before the
//     request, by a clock that does not stand still while the machine sleeps, and take it for over before it is.

/** Who has a name. `forGood`: until it is released, however long its holder says nothing. */
export interface LeaseHolder {
  readonly holder: string;
  readonly forGood: boolean;
}

export interface Leases {
  /** The time to live of every lease. */
  readonly timeToLiveMs: number;
  /**
   * Takes the name, or keeps alive the lease that this holder has on it. Resolves with whoever has the name afterwards: with this
   * holder, not for good, when it was done.
   */
  hold(name: string, holder: string): Promise<LeaseHolder>;
  /**
   * Takes the name for good. It must be free, or this holder's, or that of `inPlaceOf`. Resolves with whoever has it afterwards.
   */
  claim(name: string, holder: string, inPlaceOf?: string): Promise<LeaseHolder>;
  /** Undefined when nobody has the name. */
  holderOf(name: string): Promise<LeaseHolder | undefined>;
  /** The name is free, if this holder had it, by a lease or for good. */
  release(name: string, holder: string): Promise<void>;
}

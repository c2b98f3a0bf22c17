// Recurring instants by cron expression and time zone.
//
// Failure semantics: a bad expression or zone is a Failure `CRON-INVALID` or `TIMEZONE-UNKNOWN` from either call.

export interface Calendar {
  /** The first match after `afterMs` (milliseconds since the epoch), or undefined when there is none. Pure. */
  next(expression: string, timeZone: string, afterMs: number): number | undefined;
  /** Calls back at every match from now on, until the returned function is called. */
  schedule(expression: string, timeZone: string, callback: () => void): () => void;
}

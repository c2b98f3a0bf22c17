// Events: what happened, for people and machines. Ids are stable numbers; the catalogue is model/event-catalogue.ts.
import type { EventId, Severity } from './event-catalogue.ts';

export interface ServerEvent {
  readonly id: EventId;
  readonly severity: Severity;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly message: string;
  readonly jobId?: string;
}

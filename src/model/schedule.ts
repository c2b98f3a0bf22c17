// A schedule: a block of the language that a server runs at the instants of a cron expression, and how that goes.

/** What happens when a run is due while the last one still runs. */
export const overlapChoices = ['skip', 'queue', 'allow'] as const;

export interface ScheduleSpecification {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: (typeof overlapChoices)[number];
  /** Text of the block, and the values of the variables it uses (as the language's serializer wrote them). */
  readonly body: string;
  readonly bindings: string;
}

export interface ScheduleReport {
  readonly specification: ScheduleSpecification;
  readonly nextMs: number | null;
  readonly lastMs: number | null;
  readonly lastOutcome: string;
  readonly missedRuns: number;
  readonly running: number;
}

// What happened in many simulated histories together: figures, and a table of how often each fault met each state of a job.
import { xxh64 } from '@node-rs/xxhash';
import type { Counts } from '../invariants/observed-stage.ts';
import { type FilterCounts, sumOf } from '../memory/filter/filter-line.ts';
import { allFaultKinds, type FaultKind, faultKinds } from '../scenario/events/faults.ts';
import { filterFaultKinds } from '../scenario/events/filter-faults.ts';
import { type JobState, jobStates } from '../scenario/job-state.ts';
import type { Outcome } from '../scenario/play.ts';

/** What is kept of an outcome; data that can be sent from one thread to another. */
export interface RunResult {
  readonly seed: number;
  readonly hash: string;
  readonly calls: number;
  readonly counts: Counts;
  readonly faults: readonly (readonly [FaultKind, JobState, number])[];
  readonly filtered: FilterCounts | undefined;
  readonly simulatedMs: number;
  readonly broken: Outcome['broken'];
}

export function resultOf(seed: number, outcome: Outcome): RunResult {
  const faults = [...outcome.faults].flatMap(([kind, row]) =>
    [...row].map(([state, count]) => [kind, state, count] as const),
  );
  const { hash, calls, counts, filtered, simulatedMs, broken } = outcome;
  return { seed, hash, calls, counts, faults, filtered, simulatedMs, broken };
}

export class Summary {
  readonly #hashes = new Map<number, string>();
  readonly #cells = new Map<string, number>();
  readonly #totals = new Map<string, number>();
  /** Of each history with filter capture. */
  readonly #filtered: FilterCounts[] = [];
  /** How many histories met each kind of fault. */
  readonly #met = new Map<FaultKind, number>();
  calls = 0;
  simulatedMs = 0;

  add(result: RunResult): void {
    this.#hashes.set(result.seed, result.hash);
    this.calls += result.calls;
    this.simulatedMs += result.simulatedMs;
    for (const [name, count] of Object.entries(result.counts)) {
      this.#totals.set(name, (this.#totals.get(name) ?? 0) + count);
    }
    if (result.filtered !== undefined) this.#filtered.push(result.filtered);
    for (const kind of new Set(result.faults.map(([one]) => one))) this.#met.set(kind, (this.#met.get(kind) ?? 0) + 1);
    for (const [kind, state, count] of result.faults) {
      const cell = `${kind}/${state}`;
      this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + count);
    }
  }

  get runs(): number {
    return this.#hashes.size;
  }

  /** Of all histories, whatever the order in which they were played: 16 hexadecimal digits. */
  get hash(): string {
    const lines = [...this.#hashes].sort(([left], [right]) => left - right).map(([seed, hash]) => `${seed} ${hash}\n`);
    return xxh64(lines.join('')).toString(16).padStart(16, '0');
  }

  total(name: keyof Counts): number {
    return this.#totals.get(name) ?? 0;
  }

  /** Cells of the table that were met less often than that. */
  thinCells(least: number): readonly string[] {
    return faultKinds.flatMap((kind) =>
      jobStates.flatMap((state) => (this.#cell(kind, state) < least ? [`${kind} while ${state}`] : [])),
    );
  }

  /** The table, a line for each kind of fault. */
  tableLines(): readonly string[] {
    const kinds = this.#filtered.length === 0 ? faultKinds : allFaultKinds;
    const width = Math.max(...kinds.map((kind) => kind.length));
    const head = jobStates.map((state) => state.padStart(columnOf(state))).join('');
    const rows = kinds.map((kind) => {
      const cells = jobStates.map((state) => String(this.#cell(kind, state)).padStart(columnOf(state)));
      return `${kind.padEnd(width)}${cells.join('')}`;
    });
    return [`${''.padEnd(width)}${head}`, ...rows];
  }

  /** What was played of filter capture, and how many histories met each part of it. */
  filterLines(): readonly string[] {
    const all = this.#filtered;
    if (all.length === 0) return [];
    const sum = sumOf(all);
    const part = (text: string, name: keyof FilterCounts): string =>
      `${sum[name]} ${text} (in ${all.filter((counts) => counts[name] > 0).length} histories)`;
    return [
      `${all.length} histories with filter capture: ${sum.records} records in ${sum.batches} batches, ${part('calls of programs that waited', 'waits')}, ${part('lines that were full', 'fullLines')}, ${part('losses', 'losses')}, ${part('mirror ends that held programs up', 'holds')}, ${part('writes past the filter', 'earlyWrites')}`,
      `histories that met ${filterFaultKinds.map((kind) => `'${kind}': ${this.#met.get(kind) ?? 0}`).join(', ')}`,
    ];
  }

  #cell(kind: FaultKind, state: JobState): number {
    return this.#cells.get(`${kind}/${state}`) ?? 0;
  }
}

function columnOf(state: JobState): number {
  return state.length + 2;
}

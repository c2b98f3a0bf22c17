// What processes hold in memory, as the kernel tells it, looked at once a second.
import { readdirSync, readFileSync } from 'node:fs';

/** Bytes. */
export interface MemoryPeak {
  /** The most that was seen at once. */
  sampledBytes: number;
  /** The most that the kernel has seen since the process began (VmHWM). */
  peakBytes: number;
}

export class ProcessMemory {
  /** By the name under which a process is watched. */
  readonly peaks = new Map<string, MemoryPeak>();
  readonly #processes: () => ReadonlyMap<string, readonly number[]>;
  readonly #timer: NodeJS.Timeout;

  /** `processes` gives the numbers of the processes behind each name, which may change. */
  constructor(processes: () => ReadonlyMap<string, readonly number[]>) {
    this.#processes = processes;
    this.#timer = setInterval(() => this.#look(), 1000);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    for (const [name, numbers] of this.#processes()) {
      const peak = this.peaks.get(name) ?? { sampledBytes: 0, peakBytes: 0 };
      this.peaks.set(name, peak);
      const statuses = numbers.map(statusOf);
      const sum = (field: string): number => statuses.reduce((all, status) => all + fieldBytes(status, field), 0);
      peak.sampledBytes = Math.max(peak.sampledBytes, sum('VmRSS'));
      peak.peakBytes = Math.max(peak.peakBytes, sum('VmHWM'));
    }
  }
}

/** A process and all that it has started. */
export function familyOf(processId: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    const parent = /^\d+$/.test(name) ? fieldNumber(statusOf(Number(name)), 'PPid') : undefined;
    return parent === undefined ? [] : [{ processId: Number(name), parent }];
  });
  const children = (one: number): number[] =>
    parents.flatMap(({ processId, parent }) => (parent === one ? [processId, ...children(processId)] : []));
  return [processId, ...children(processId)];
}

/** Empty for a process that is gone. */
function statusOf(processId: number): string {
  try {
    return readFileSync(`/proc/${processId}/status`, 'latin1');
  } catch {
    return '';
  }
}

function fieldNumber(status: string, field: string): number | undefined {
  const value = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1];
  return value === undefined ? undefined : Number(value);
}

function fieldBytes(status: string, field: string): number {
  return (fieldNumber(status, field) ?? 0) * 1024;
}

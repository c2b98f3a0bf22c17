// The faults of a machine's disks: which calls the system refuses at present.
import type { Clock } from '../../base/waiting/clock.ts';
import type { PortCall } from './boundary.ts';

/** Which part of a machine gives trouble, by the calls that are refused. */
export const troubleCalls = {
  /** Writing below the roots of replicas. */
  'replica writes':
    /^(tree\.(create|makeDirectory|makeSymlink|link|rename|unlink|removeDirectory|setAttributes|setExtended)|file\.(write|truncate|punch))$/,
  'replica syncs': /^(tree|file)\.sync$/,
  /** Reading the workload. */
  'workload reads': /^(tree\.(open|list|extended|readLink)|file\.read)$/,
  'journal writes': /^(log\.append|storage\.replace)$/,
  'journal syncs': /^log\.sync$/,
} as const;

export type TroubleKind = keyof typeof troubleCalls;

interface Trouble {
  readonly kind: TroubleKind;
  readonly code: string;
  readonly untilMs: number;
}

export class Troubles {
  readonly #clock: Clock;
  #present: readonly Trouble[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(kind: TroubleKind, code: string, durationMs: number): void {
    this.#present = [...this.#present, { kind, code, untilMs: this.#clock.monotonicMs() + durationMs }];
  }

  get areAny(): boolean {
    const nowMs = this.#clock.monotonicMs();
    return this.#present.some(({ untilMs }) => untilMs > nowMs);
  }

  endAll(): void {
    this.#present = [];
  }

  refusal(call: PortCall): string | undefined {
    if (this.#present.length === 0) return undefined;
    const nowMs = this.#clock.monotonicMs();
    // Removed objects are kept on the replica's disk; the verification logs are not.
    if (call.place.startsWith('/home/logs')) return undefined;
    return this.#present.find(({ kind, untilMs }) => untilMs > nowMs && troubleCalls[kind].test(call.name))?.code;
  }
}

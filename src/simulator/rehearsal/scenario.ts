// What a scenario file says: the servers and the work on them, what goes wrong when, and what has to hold at the end. The
// grammar is docs/rehearsal.md; parse-scenario.ts reads it. Times count from the start of the script, in milliseconds.
import type { Span } from '../../base/diagnostic.ts';
import type { TaskState } from '../../model/stream/task.ts';

export interface ScenarioServer {
  readonly name: string;
  /** Where probes of the network reach it, besides its name. */
  readonly addresses: readonly string[];
}

export interface ScenarioWorkload {
  readonly server: string;
  /** Absolute. */
  readonly root: string;
  readonly files: number;
}

/** An address of a name, on every DNS server that has its zone. */
export interface ScenarioName {
  readonly name: string;
  readonly address: string;
}

export interface ScenarioDnsServer {
  readonly host: string;
  readonly port: number;
  readonly zones: readonly string[];
}

/** What the machine of the script has at a path. */
export type ScenarioFile = 'missing' | { readonly lines: readonly string[] };

export type ScenarioVariable = 'missing' | { readonly text: string };

/** A server by its name, or by its place in the first connection that the script makes. */
export type Who = { readonly role: 'source' | 'target' } | { readonly server: string };

/** With `lines` it writes these, and ends with the code. */
export type ProgramOutcome =
  | 'succeeds'
  | 'fails'
  | 'hangs'
  | 'is missing'
  | { readonly exitCode: number; readonly lines: readonly string[] };

export type Happening =
  | { readonly kind: 'dies' | 'crashes' | 'returns'; readonly who: Who }
  | { readonly kind: 'partition'; readonly between?: readonly [string, string]; readonly durationMs: number }
  | { readonly kind: 'slow network'; readonly durationMs: number }
  | { readonly kind: 'disk full' | 'disk fails'; readonly who: Who; readonly durationMs: number }
  | { readonly kind: 'capture overflows' | 'capture fails'; readonly who: Who }
  | { readonly kind: 'clock'; readonly who: Who; readonly byMs: number }
  | { readonly kind: 'program'; readonly path: string; readonly outcome: ProgramOutcome }
  | { readonly kind: 'dns fails' | 'dns returns'; readonly host: string; readonly port: number };

export type Comparison = '<' | '<=' | '=';

export type Expectation =
  | { readonly kind: 'failed over'; readonly to?: string }
  | { readonly kind: 'not failed over' }
  | { readonly kind: 'dns'; readonly name: string; readonly address: string }
  | { readonly kind: 'loss'; readonly comparison: Comparison; readonly lossMs: number }
  | { readonly kind: 'equal' }
  | { readonly kind: 'state'; readonly state: string }
  | { readonly kind: 'event' | 'no event'; readonly id: number; readonly server?: string }
  | { readonly kind: 'task'; readonly name: string; readonly state: TaskState }
  | { readonly kind: 'exit'; readonly code: number };

/** A line of the file, as it is written without its comment, and what it means. */
export interface ScenarioLine<Meaning> {
  readonly text: string;
  readonly span: Span;
  readonly meaning: Meaning;
}

export interface Scenario {
  readonly servers: readonly ScenarioServer[];
  readonly workloads: readonly ScenarioWorkload[];
  /** The time between two writes of each workload; undefined when nothing is written. */
  readonly writeEveryMs: number | undefined;
  readonly dnsServers: readonly ScenarioDnsServer[];
  readonly names: readonly ScenarioName[];
  /** By absolute path: what scripts and blocks read on the machines where they run. */
  readonly files: ReadonlyMap<string, ScenarioFile>;
  /** By name: the variables of the environment of scripts and blocks. */
  readonly environment: ReadonlyMap<string, ScenarioVariable>;
  /** How long the rehearsal lasts; undefined: until the script has ended and everything has happened. */
  readonly lastsMs: number | undefined;
  readonly happenings: readonly (ScenarioLine<Happening> & { readonly atMs: number })[];
  readonly expectations: readonly ScenarioLine<Expectation>[];
}

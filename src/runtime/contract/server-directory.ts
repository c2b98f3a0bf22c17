// How names in a script become servers.
//
// Embedded, a name that nobody knows is a server made in this process on first use. Configured, a name is this home's own
// running server or one it is paired with; anything else is SERVER-UNKNOWN. Letter case does not tell names apart.
import type { Server } from './server.ts';

/** A server that a name stands for. */
export interface KnownServer {
  readonly name: string;
  /** Where it accepts links, `host:port`; null for one in this process, or one that only dials. */
  readonly address: string | null;
  /** What it may do on this home's own server: its roles, or `full`. */
  readonly access: string;
}

/** Making and ending trust between this home's own server and others. */
export interface Pairing {
  /** Trusts the server at `host:port` and is trusted by it, with its one-time code; failures as of pairing. */
  add(address: string, code: string): Promise<{ readonly name: string; readonly fingerprint: string }>;
  /** `PEER-UNKNOWN` when no server of this name is trusted. */
  remove(name: string): Promise<void>;
}

export interface ServerDirectory {
  /** The server as which the others are called; undefined where every name is a server in this process. */
  readonly ownName: string | undefined;
  /** Resolves without asking the server anything, so it may turn out to be unreachable at the first call. */
  get(name: string): Promise<Server>;
  /** The server this process is or belongs to, where there is one. */
  readonly local: Server | undefined;
  known(): Promise<readonly KnownServer[]>;
  /** Absent where servers are made by their names. */
  readonly pairing?: Pairing;
}

// How names in a script become servers.
//
// A name may also be an address at which the server is reached (server-address.ts); `name` of the server that is found is
// its own. In an embedded run, an unknown name becomes a new server in this process at its first use. With a configured home, a
// name is the home's own running server or a server that is paired with it; any other name is SERVER-UNKNOWN. Names are
// compared without letter case.
import type { Server } from './server.ts';

/** A server that a name stands for. */
export interface KnownServer {
  readonly name: string;
  /** Where it accepts links, `host:port`; null for a server in this process, and for one that accepts none. */
  readonly address: string | null;
  /** What this server may do on the home's own server: its roles, or `full`. */
  readonly access: string;
}

/** Making and ending trust between this home's own server and others. */
export interface Pairing {
  /** Makes this server and the one at `host:port` trust each other; `code` is the one-time code of that server. */
  add(address: string, code: string): Promise<{ readonly name: string; readonly fingerprint: string }>;
  /** Rejects with `PEER-UNKNOWN` when no server of this name is trusted. */
  remove(name: string): Promise<void>;
}

export interface ServerDirectory {
  /** The name of the home's own server, in whose name the other servers are called; undefined in an embedded run. */
  readonly ownName: string | undefined;
  /** Resolves without asking the server anything, so an unreachable server shows only at the first call. */
  get(name: string): Promise<Server>;
  /** The server that this process is or belongs to; undefined when there is none. */
  readonly local: Server | undefined;
  known(): Promise<readonly KnownServer[]>;
  /** Absent in an embedded run. */
  readonly pairing?: Pairing;
}

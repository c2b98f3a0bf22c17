// A connection as a script knows it, and how it gets at the two servers of one.
import type { Server } from '../contract/server.ts';

/** A connection and the names of the two servers it is between. */
export interface KnownConnection {
  readonly jobId: string;
  readonly number: number;
  readonly source: string;
  readonly target: string;
}

/** Whoever has servers by their names, such as a session. */
export interface NamedServers {
  server(name: string): Promise<Server>;
}

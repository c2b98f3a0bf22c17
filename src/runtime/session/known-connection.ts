// A connection as a script knows it, and the way to its two servers.
import type { Server } from '../contract/server.ts';

/** A connection and the names of the two servers it is between. */
export interface KnownConnection {
  readonly jobId: string;
  readonly number: number;
  readonly source: string;
  readonly target: string;
}

/** Finds servers by their names; a session does. */
export interface NamedServers {
  server(name: string): Promise<Server>;
}

// How names in a script become servers.
//
// Embedded, a name that nobody knows is a server made in this process on first use. Configured, a name is this home's own
// running server or one it is paired with; anything else is SERVER-UNKNOWN. Letter case does not tell names apart.
import type { Server } from './server.ts';

export interface ServerDirectory {
  /** Resolves without asking the server anything, so it may turn out to be unreachable at the first call. */
  get(name: string): Promise<Server>;
  /** The server this process is or belongs to, where there is one. */
  readonly local: Server | undefined;
}

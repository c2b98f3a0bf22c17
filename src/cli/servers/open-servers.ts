// Opens the servers for which the names of a script stand: the configured servers of this home, or servers inside this
// process when the home has none.
import type { Clock } from '../../base/waiting/clock.ts';
import type { ServerEvent } from '../../model/event.ts';
import { isServing } from '../../platform/http/http-socket.ts';
import { TrustStore } from '../../platform/identity/trust-store.ts';
import type { ServerDirectory } from '../../runtime/contract/server-directory.ts';
import { configuredServers, ownServerOf } from './configured-servers.ts';
import { EmbeddedServers } from './embedded-servers.ts';
import type { EmbeddedServerMaker } from './own-server.ts';

export interface OpenServers {
  readonly directory: ServerDirectory;
  /** Stops the servers of this process, and no others; false when they did not end cleanly. */
  readonly stop: () => Promise<boolean>;
  readonly embedded: boolean;
}

export interface OpenServersOptions {
  readonly home: string;
  readonly clock: Clock;
  readonly make: EmbeddedServerMaker;
  /** Receives the events of embedded servers. */
  readonly onEvent: (server: string, event: ServerEvent) => void;
  /** Receives lines about the end of connections. */
  readonly note: (line: string) => void;
}

export async function openServers({ home, clock, make, onEvent, note }: OpenServersOptions): Promise<OpenServers> {
  const serving = await isServing(home);
  if (serving || (await new TrustStore(home).peers()).length > 0) {
    const directory = await configuredServers({ home, clock, own: await ownServerOf(home), serving });
    return { directory, stop: async () => true, embedded: false };
  }
  const servers = new EmbeddedServers({ make, onEvent, note });
  return { directory: servers, stop: () => servers.stop(), embedded: true };
}

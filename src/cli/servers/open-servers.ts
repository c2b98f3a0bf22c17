// Opens the servers for which the names of a script stand: the configured servers of this home, or servers inside this
// process when the home has none.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/waiting/clock.ts';
import type { ServerEvent } from '../../model/event.ts';
import { isServing } from '../../platform/http/http-socket.ts';
import { TrustStore } from '../../platform/identity/trust-store.ts';
import type { ServerDirectory } from '../../runtime/contract/server-directory.ts';
import { configuredServers, ownServerOf } from './configured-servers.ts';
import { type Confirm, EmbeddedServers } from './embedded-servers.ts';
import type { EmbeddedServerMaker } from './own-server.ts';

export interface OpenServers {
  readonly directory: ServerDirectory;
  /** Stops the servers of this process, and no others; false when they did not end cleanly. */
  readonly stop: () => Promise<boolean>;
  /** What the connections on servers of this process wait for until they have ended, a line for each. */
  readonly unended: () => Promise<readonly string[]>;
  /** A line for each of those whose replica would not be up to date without that. */
  readonly notUpToDate: () => readonly string[];
  readonly embedded: boolean;
}

export interface OpenServersOptions {
  readonly home: string;
  readonly clock: Clock;
  readonly make: EmbeddedServerMaker;
  /** Receives the events of embedded servers. */
  readonly onEvent: (server: string, event: ServerEvent) => void;
  /** Receives lines about new servers, and about the end of connections. */
  readonly note: (line: string) => void;
  /** Asks the operator before a name that is new becomes an embedded server. */
  readonly confirm?: Confirm;
}

export async function openServers(options: OpenServersOptions): Promise<OpenServers> {
  const { home, clock, make, onEvent, note, confirm } = options;
  const serving = await isServing(home);
  if (serving || (await new TrustStore(home).peers()).length > 0) {
    const directory = await configuredServers({ home, clock, own: await ownServerOf(home), serving });
    return { directory, stop: async () => true, unended: async () => [], notUpToDate: () => [], embedded: false };
  }
  const stored = (): Promise<readonly string[]> => storedServers(home);
  const servers = new EmbeddedServers({ make, onEvent, note, stored, ...(confirm === undefined ? {} : { confirm }) });
  return {
    directory: servers,
    stop: () => servers.stop(),
    unended: () => servers.unended(),
    notUpToDate: () => servers.notUpToDate(),
    embedded: true,
  };
}

/** The folders in which the embedded servers of a home keep their data; their names are in small letters. */
async function storedServers(home: string): Promise<readonly string[]> {
  try {
    return await readdir(join(home, 'servers'));
  } catch {
    // There is no folder before the first server.
    return [];
  }
}

// A server that lives in this process, as the verbs use it: made, called through its interface, and stopped.
import type { Server } from '../../runtime/contract/server.ts';
import type { ServerDirectory } from '../../runtime/contract/server-directory.ts';
import type { EventLog } from '../../runtime/events/event-log.ts';

export interface OwnServer {
  readonly server: Server;
  readonly eventLog: EventLog;
  /** Closes links, makes queues durable, reports programs that run. Nothing of the server runs afterwards. */
  stop(): Promise<void>;
}

/**
 * Makes the embedded server of this name, with its data below the home of the run. Its schedules see the run's servers.
 */
export type EmbeddedServerMaker = (name: string, directory: ServerDirectory) => Promise<OwnServer>;

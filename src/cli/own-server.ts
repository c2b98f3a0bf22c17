// A server that lives in this process, as the verbs hold it: made, used through its interface, and stopped.
import type { EventLog } from '../runtime/event-log.ts';
import type { Server } from '../runtime/server.ts';
import type { ServerDirectory } from '../runtime/server-directory.ts';

export interface OwnServer {
  readonly server: Server;
  readonly eventLog: EventLog;
  /** Links close, queues are made durable, programs that run are reported. Nothing of it is left afterwards. */
  stop(): Promise<void>;
}

/** Makes the embedded server of this name; its data is below the home of the run. Its schedules see the run's servers. */
export type EmbeddedServerMaker = (name: string, directory: ServerDirectory) => Promise<OwnServer>;

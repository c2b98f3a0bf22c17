// Every command of the catalogue and the function that carries it out. A test holds the two against each other.
import type { CommandHandlers } from '../command-context.ts';
import { connectionHandlers } from './connection-commands.ts';
import { dnsHandlers } from './dns-commands.ts';
import { failoverHandlers } from './failover-commands.ts';
import { replicationSetHandlers } from './replication-set-commands.ts';
import { scheduleHandlers } from './schedule-commands.ts';
import { sessionHandlers } from './session-commands.ts';
import { snapshotHandlers } from './snapshot-commands.ts';
import { taskHandlers } from './task-commands.ts';

export const commandHandlers: CommandHandlers = {
  ...sessionHandlers,
  ...replicationSetHandlers,
  ...connectionHandlers,
  ...snapshotHandlers,
  ...taskHandlers,
  ...failoverHandlers,
  ...dnsHandlers,
  ...scheduleHandlers,
};

// Every command of the catalogue that is there (definition.ts, availability) and the function that carries it out. A test holds the two against each other.
import type { CommandHandlers } from '../command-context.ts';
import { connectionHandlers } from './connection-commands.ts';
import { diagnosticsHandlers } from './diagnostics-commands.ts';
import { dnsHandlers } from './dns-commands.ts';
import { examinationHandlers } from './examination-commands.ts';
import { failoverHandlers } from './failover-commands.ts';
import { informationHandlers } from './information-commands.ts';
import { liveHandlers } from './live-commands.ts';
import { replicationSetHandlers } from './replication-set-commands.ts';
import { scheduleHandlers } from './schedule-commands.ts';
import { serverHandlers } from './server-commands.ts';
import { sessionHandlers } from './session-commands.ts';
import { snapshotHandlers } from './snapshot-commands.ts';
import { taskHandlers } from './task-commands.ts';
import { verifyHandlers } from './verify-commands.ts';

export const commandHandlers: CommandHandlers = {
  ...sessionHandlers,
  ...replicationSetHandlers,
  ...connectionHandlers,
  ...verifyHandlers,
  ...examinationHandlers,
  ...snapshotHandlers,
  ...taskHandlers,
  ...failoverHandlers,
  ...liveHandlers,
  ...dnsHandlers,
  ...scheduleHandlers,
  ...serverHandlers,
  ...informationHandlers,
  ...diagnosticsHandlers,
};

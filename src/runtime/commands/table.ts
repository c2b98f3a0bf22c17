// Every command of the catalogue that is implemented (definition.ts, availability), and every function that looks up what
// exists (lookups.ts), with the function that carries it out. A test compares the table with the catalogue.
import type { CommandHandlers } from './command-context.ts';
import { dnsHandlers } from './failover/dns-commands.ts';
import { examinationHandlers } from './failover/examination-commands.ts';
import { failoverHandlers } from './failover/failover-commands.ts';
import { identityHandlers } from './failover/identity-commands.ts';
import { liveHandlers } from './failover/live-commands.ts';
import { snapshotHandlers } from './failover/snapshot-commands.ts';
import { undoHandlers } from './failover/undo-commands.ts';
import { diagnosticsHandlers } from './operation/diagnostics-commands.ts';
import { informationHandlers } from './operation/information-commands.ts';
import { machineHandlers } from './operation/machine-commands.ts';
import { programHandlers } from './operation/program-command.ts';
import { scheduleHandlers } from './operation/schedule-commands.ts';
import { scriptHandlers } from './operation/script-commands.ts';
import { serverHandlers } from './operation/server-commands.ts';
import { sessionHandlers } from './operation/session-commands.ts';
import { taskHandlers } from './operation/task-commands.ts';
import { connectionHandlers } from './protection/connection-commands.ts';
import { editHandlers } from './protection/edit-command.ts';
import { replicationSetHandlers } from './protection/replication-set-commands.ts';
import { transmissionHandlers } from './protection/transmission-commands.ts';
import { verifyHandlers } from './protection/verify-commands.ts';

export const commandHandlers: CommandHandlers = {
  ...sessionHandlers,
  ...replicationSetHandlers,
  ...connectionHandlers,
  ...editHandlers,
  ...transmissionHandlers,
  ...verifyHandlers,
  ...examinationHandlers,
  ...snapshotHandlers,
  ...taskHandlers,
  ...scriptHandlers,
  ...failoverHandlers,
  ...liveHandlers,
  ...undoHandlers,
  ...dnsHandlers,
  ...identityHandlers,
  ...scheduleHandlers,
  ...serverHandlers,
  ...informationHandlers,
  ...diagnosticsHandlers,
  ...machineHandlers,
  ...programHandlers,
};

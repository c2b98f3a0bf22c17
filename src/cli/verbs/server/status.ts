// `understudy status [--json|--check]`: shows the state of this home's server and its jobs.
import { remoteServer } from '../../../api/remote-server.ts';
import { asFailure } from '../../../base/failure.ts';
import type { ServerReport } from '../../../model/report.ts';
import { sendOverSocket } from '../../../platform/http/http-socket.ts';
import type { Server } from '../../../runtime/contract/server.ts';
import { monitoringLine, unknownLine, worstHealth } from '../../../runtime/text/monitoring-text.ts';
import { serverLines } from '../../../runtime/text/server-text.ts';
import { type CommandLine, healthExitCodes } from '../../command-line.ts';

export interface StatusRequest {
  readonly home: string;
  readonly json: boolean;
  /** One line for a monitoring system. */
  readonly check?: boolean;
}

interface Told extends ServerReport {
  readonly space: Awaited<ReturnType<Server['information']['space']>>;
}

/** Returns a code of `healthExitCodes`. SERVER-NOT-RUNNING when no server runs on the home. */
export async function status({ home, json, check = false }: StatusRequest, { out }: CommandLine): Promise<number> {
  const { information } = remoteServer('server', sendOverSocket(home));
  let told: Told;
  try {
    told = { ...(await information.report()), space: await information.space() };
  } catch (error) {
    // A monitoring system shows the first line of standard output, whatever the exit code.
    if (check) out(unknownLine(asFailure(error, 'ask', 'the server').message));
    throw error;
  }
  const whole = json ? [JSON.stringify(told)] : serverLines(told, told.space);
  for (const line of check ? [monitoringLine(told, told.space)] : whole) out(line);
  return healthExitCodes[worstHealth(told)];
}

// `understudy status [--json|--check]`: shows the state of this home's server, or of the run that has servers in it,
// and its jobs.
import { asFailure } from '../../../base/failure.ts';
import type { ServerReport } from '../../../model/report.ts';
import { machineText } from '../../../runtime/text/machine-text.ts';
import { monitoringLine, unknownLine, worstHealth } from '../../../runtime/text/monitoring-text.ts';
import { serverLines } from '../../../runtime/text/server-text.ts';
import { type CommandLine, healthExitCodes } from '../../command-line.ts';
import { type HomeInformation, homeInformation } from '../../servers/home-information.ts';

export interface StatusRequest {
  readonly home: string;
  readonly json: boolean;
  /** One line for a monitoring system. */
  readonly check?: boolean;
}

interface Told extends ServerReport {
  readonly space: Awaited<ReturnType<HomeInformation['space']>>;
}

/** Returns a code of `healthExitCodes`. SERVER-NOT-RUNNING when neither runs on the home. */
export async function status({ home, json, check = false }: StatusRequest, { out }: CommandLine): Promise<number> {
  const information = homeInformation(home);
  let told: Told;
  try {
    told = { ...(await information.report()), space: await information.space() };
  } catch (error) {
    // A monitoring system shows the first line of standard output, whatever the exit code.
    if (check) out(unknownLine(asFailure(error, 'ask', 'the server').message));
    throw error;
  }
  const whole = json ? [JSON.stringify(machineText(told))] : serverLines(told, told.space);
  for (const line of check ? [monitoringLine(told, told.space)] : whole) out(line);
  return healthExitCodes[worstHealth(told)];
}

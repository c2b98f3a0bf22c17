// `understudy status [--json]`: what the server of this home is doing.
import { remoteServer } from '../api/remote-server.ts';
import type { JobReport, ServerReport } from '../model/report.ts';
import { sendOverSocket } from '../platform/http-socket.ts';
import { instantText, textTable } from '../runtime/text-table.ts';
import { type CommandLine, exitCodes } from './command-line.ts';

export interface StatusRequest {
  readonly home: string;
  readonly json: boolean;
}

/** SERVER-NOT-RUNNING when none runs on the home. */
export async function status({ home, json }: StatusRequest, { out }: CommandLine): Promise<number> {
  const report = await remoteServer('server', sendOverSocket(home)).report();
  const lines = json ? [JSON.stringify(report)] : statusLines(report);
  for (const line of lines) out(line);
  return exitCodes.success;
}

function statusLines(report: ServerReport): string[] {
  const tasks = report.taskProcessing ? 'on' : 'off';
  const heading = [
    `Server ${report.name}, version ${report.version}, since ${instantText(report.startedMs)}`,
    `Fingerprint ${report.fingerprint}`,
    `Task processing ${tasks}`,
  ];
  if (report.jobs.length === 0) return [...heading, 'No connections'];
  const columns = ['Id', 'Name', 'Source', 'Target', 'Health', 'Mirror', 'Replication', 'Transmit', 'Target state'];
  return [...heading, ...textTable(columns, report.jobs.map(jobCells))];
}

function jobCells(report: JobReport): string[] {
  const { mirror, replication, transmit } = report;
  const percent = mirror.percent === null || mirror.status === 'Idle' ? '' : ` ${Math.floor(mirror.percent)} %`;
  return [
    String(report.number),
    report.name,
    report.source,
    report.target,
    report.health,
    `${mirror.status}${percent}`,
    replication.status,
    transmit.mode,
    report.failedOver ? 'failed over' : report.targetState,
  ];
}

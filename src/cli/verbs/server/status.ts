// `understudy status [--json]`: shows the state of this home's server and its jobs.
import { remoteServer } from '../../../api/remote-server.ts';
import { displayPath } from '../../../base/raw-path.ts';
import { textTable } from '../../../base/text/text-table.ts';
import { size } from '../../../language/values/value.ts';
import { valueText } from '../../../language/values/value-text.ts';
import type { Health, JobReport, ServerReport } from '../../../model/report.ts';
import { sendOverSocket } from '../../../platform/http/http-socket.ts';
import type { Server } from '../../../runtime/contract/server.ts';
import { instantText } from '../../../runtime/text/instant-text.ts';
import { type CommandLine, healthExitCodes } from '../../command-line.ts';

export interface StatusRequest {
  readonly home: string;
  readonly json: boolean;
}

interface Told extends ServerReport {
  readonly space: Awaited<ReturnType<Server['information']['space']>>;
}

/** Returns a code of `healthExitCodes`. SERVER-NOT-RUNNING when no server runs on the home. */
export async function status({ home, json }: StatusRequest, { out }: CommandLine): Promise<number> {
  const { information } = remoteServer('server', sendOverSocket(home));
  const told = { ...(await information.report()), space: await information.space() };
  const lines = json ? [JSON.stringify(told)] : statusLines(told);
  for (const line of lines) out(line);
  return healthExitCodes[worstHealth(told)];
}

/** An error counts as worse than a warning, and that as worse than `unknown`; a server without jobs is healthy. */
function worstHealth({ jobs }: ServerReport): Health {
  const found = new Set(jobs.map(({ health }) => health));
  const order: readonly Health[] = ['error', 'warning', 'unknown'];
  return order.find((health) => found.has(health)) ?? 'healthy';
}

function statusLines({ space, ...report }: Told): string[] {
  const { name, version, startedMs, fingerprint, taskProcessing, jobs } = report;
  const heading = [
    `Server ${name}, version ${version}, since ${instantText(startedMs)}`,
    `Fingerprint ${fingerprint}`,
    `Task processing ${taskProcessing ? 'on' : 'off'}`,
    spaceLine(space),
  ];
  if (jobs.length === 0) return [...heading, '', 'No connections'];
  const columns = ['Id', 'Name', 'Source', 'Target', 'Health', 'Mirror', 'Replication', 'Queued', 'Target state'];
  return [...heading, '', ...textTable(columns, jobs.map(jobCells)), '', ...jobs.flatMap(pathLines)];
}

/** The space of a file system, in whole megabytes. */
function spaceLine({ freeBytes, totalBytes, keptFreeBytes }: Told['space']): string {
  const [free, total, kept] = [freeBytes, totalBytes, keptFreeBytes].map((bytes) =>
    valueText(size(bytes - (bytes % 1_048_576))),
  );
  return `Home folder: ${free} of ${total} free, queues leave ${kept}`;
}

function jobCells(report: JobReport): string[] {
  const { mirror, replication } = report;
  const percent = mirror.percent === null || mirror.status === 'Idle' ? '' : ` ${Math.floor(mirror.percent)} %`;
  return [
    String(report.number),
    report.name,
    report.source,
    report.target,
    report.health,
    `${mirror.status}${percent}`,
    replication.status,
    valueText(size(mirror.queuedBytes + replication.queuedBytes)),
    report.failedOver ? 'failed over' : report.targetState,
  ];
}

/** The paths of the job's data, and the additional text of the report. */
function pathLines({ number, source, target, roots, additional }: JobReport): string[] {
  const paths = roots.map(
    (root) => `${number}: ${displayPath(root.source)} on ${source} -> ${displayPath(root.replica)} on ${target}`,
  );
  return additional === '' ? paths : [...paths, `   ${additional}`];
}

// A server and its connections as `understudy status` and STATUS show them.

import { displayPath } from '../../base/raw-path.ts';
import { textTable } from '../../base/text/text-table.ts';
import { size } from '../../language/values/value.ts';
import { valueText } from '../../language/values/value-text.ts';
import { isAtRest } from '../../model/job.ts';
import type { JobReport, ServerReport } from '../../model/report.ts';
import { instantText } from './instant-text.ts';

interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** What the queues leave free. */
  readonly keptFreeBytes: number;
}

/** The server, and its connections in a table. */
export function serverLines(report: ServerReport, space?: Space): string[] {
  const { name, version, startedMs, fingerprint, taskProcessing, queueMemory, jobs } = report;
  const heading = [
    `Server ${name}, version ${version}, since ${instantText(startedMs)}`,
    `Fingerprint ${fingerprint}`,
    `Task processing ${taskProcessing ? 'on' : 'off'}`,
    ...(space === undefined ? [] : [spaceLine(space)]),
    ...(queueMemory === undefined ? [] : [queueMemoryLine(queueMemory)]),
  ];
  if (jobs.length === 0) return [...heading, '', 'No connections'];
  const columns = ['Id', 'Name', 'Source', 'Target', 'Health', 'Mirror', 'Replication', 'Queued', 'Target state'];
  return [...heading, '', ...textTable(columns, jobs.map(jobCells)), '', ...jobs.flatMap(pathLines)];
}

/** The space of a file system, in whole megabytes. */
function spaceLine({ freeBytes, totalBytes, keptFreeBytes }: Space): string {
  const [free, total, kept] = [freeBytes, totalBytes, keptFreeBytes].map(megabytesText);
  return `Home folder: ${free} of ${total} free, queues leave ${kept}`;
}

/** The memory of the queues of all connections, in whole megabytes; what has begun counts. */
function queueMemoryLine({ usedBytes, maxBytes }: NonNullable<ServerReport['queueMemory']>): string {
  return `Queue memory: ${megabytesText(usedBytes + 1_048_575)} of ${megabytesText(maxBytes)} used`;
}

function megabytesText(bytes: number): string {
  return valueText(size(bytes - (bytes % 1_048_576)));
}

function jobCells(report: JobReport): string[] {
  const { mirror, replication } = report;
  const percent = mirror.percent === null || isAtRest(mirror.status) ? '' : ` ${Math.floor(mirror.percent)} %`;
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

// STATUS CON prints the block of the original, with its labels, order and heading (DTCL reference). STATUS JOB prints
// the whole report, in the words of the guide's job details.
import { displayPath } from '../../base/raw-path.ts';
import type { JobReport } from '../../model/report.ts';
import type { ScriptReport, ServerScript } from '../../model/stream/task.ts';
import { compressionText, entryText, limitText } from '../../model/transmission.ts';
import { instantText, originalInstantText } from './instant-text.ts';

type Field = readonly [label: string, value: string | number];

export function statusLines(report: JobReport, number: number): string[] {
  const { mirror, replication } = report;
  const fields: readonly Field[] = [
    ['Time established', originalInstantText(report.establishedMs)],
    ['Replication set', report.replicationSet],
    ['Target machine', report.target],
    ['Target state', report.targetState],
    ['Mirror bytes transferred', mirror.sentBytes],
    ['Mirror bytes transmitted', mirror.transmittedBytes],
    ['Mirror bytes in queue', mirror.queuedBytes],
    ['Replication bytes transferred', replication.sentBytes],
    ['Replication bytes transmitted', replication.transmittedBytes],
    ['Replication bytes in queue', replication.queuedBytes],
  ];
  return [`- Status for connection ${number} -`, ...fieldLines(fields)];
}

/** `scripts` are those of both servers, as far as these could be asked. */
export function jobLines(report: JobReport, scripts: readonly ServerScript[] = []): string[] {
  const { mirror, replication, sequence } = report;
  const fields: readonly Field[] = [
    ['Name', report.name],
    ['Connection ID', report.number],
    ['Source server', report.source],
    ['Target server', report.target],
    ['Seen from', report.role],
    ['Replication set', report.replicationSet],
    ['Health', report.health],
    ['Mirror status', mirror.status],
    ['Mirror method', mirror.method],
    ['Mirror percent complete', mirror.percent === null ? 'not known' : `${mirror.percent} %`],
    ['Mirror remaining', mirror.remainingBytes ?? 'not known'],
    ['Mirror skipped', mirror.skippedBytes],
    ['Mirrors completed', mirror.completed],
    ['Replication status', replication.status],
    ['Replication queue', replication.queuedBytes],
    ['Operations in queue', replication.queuedOperations],
    ['Memory queue', report.memoryQueueBytes],
    ['Disk queue', report.diskQueueBytes],
    ['Bytes sent', mirror.sentBytes + replication.sentBytes],
    ['Bytes sent compressed', mirror.transmittedBytes + replication.transmittedBytes],
    ['Transmit mode', report.transmit.mode],
    ...lineFields(report.line),
    ['Target data state', report.targetState],
    ['Established', instantText(report.establishedMs)],
    ['Connected since', report.connectedSinceMs === null ? '' : instantText(report.connectedSinceMs)],
    ['Operations', `${sequence.head} made, ${sequence.durable} on the target, ${sequence.applied} applied`],
    ['Only on the target', report.surplus],
    ['Epoch', report.epoch],
    ['Failed over', report.failedOver ? 'yes' : 'no'],
    ...failoverFields(report.failover),
    ...report.roots.map((root): Field => ['Path', `${displayPath(root.source)} to ${displayPath(root.replica)}`]),
    ...(report.leftOut ?? []).map((path): Field => ['Left out', displayPath(path)]),
    ...(report.remarks ?? []).map((remark): Field => ['Remark', remark]),
    ...(report.diagnosis === undefined ? [] : diagnosisFields(report.diagnosis)),
    ...scripts.map(({ server, script }): Field => ['Script', scriptText(server, script)]),
    ['Promise', report.promise],
    ['Additional information', report.additional === '' ? '(None)' : report.additional],
  ];
  return [`- Job ${report.number} -`, ...fieldLines(fields)];
}

function diagnosisFields({ file, estimate }: NonNullable<JobReport['diagnosis']>): readonly Field[] {
  return [['Figures', file], ...estimate.map((line): Field => ['Estimate', line.trim()])];
}

/** In the words of the guide (ch. 6, job details). */
function lineFields(line: JobReport['line']): readonly Field[] {
  if (line === undefined) return [];
  const { route, compression, bytesPerSecond, limit, override } = line;
  const isOverride = override === null ? '' : ', until it is given back';
  return [
    ['Target route', route === '' ? 'inside this process' : route],
    ['Compression', compressionText(compression)],
    ['Bandwidth limit', `${limitText(bytesPerSecond)}${isOverride}`],
    ...limit.schedule.map(
      (entry): Field => [
        'Bandwidth schedule',
        `${entry.name}: ${entryText(entry)}, ${limitText(entry.bytesPerSecond)}`,
      ],
    ),
  ];
}

function scriptText(server: string, { point, program, last }: ScriptReport): string {
  const ending = last?.exitCode === undefined ? '' : ` with exit code ${last.exitCode}`;
  return `${point.toUpperCase()} on ${server}: ${program}, ${last === null ? 'not run yet' : `${last.state}${ending}`}`;
}

/** What the failover did and found; empty when that is not known because the failover was interrupted. */
function failoverFields(failover: JobReport['failover']): readonly Field[] {
  if (failover === null) return [];
  const { type, queue, startedMs, finishedMs, appliedOperations, discardedOperations, lossText, evidence } = failover;
  return [
    ['Failover', `${type}, queue ${queue}, ${instantText(startedMs)} to ${instantText(finishedMs)}`],
    ['Failover operations', `${appliedOperations} applied, ${discardedOperations} discarded`],
    ['Failover loss', lossText],
    ...evidence.map((line): Field => ['Failover evidence', line]),
  ];
}

function fieldLines(fields: readonly Field[]): string[] {
  const width = Math.max(...fields.map(([label]) => label.length));
  return fields.map(([label, value]) => `${`${label}:`.padEnd(width + 1)} ${value}`.trimEnd());
}

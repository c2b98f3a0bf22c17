// STATUS CON: the block that the original prints, its labels, order and heading kept (DTCL facts, section 2).
import type { JobReport } from '../model/report.ts';
import { instantText } from './text-table.ts';

export function statusLines(report: JobReport, number: number): string[] {
  const { mirror, replication } = report;
  const fields: readonly (readonly [string, string | number])[] = [
    ['Time established', instantText(report.establishedMs)],
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
  const width = Math.max(...fields.map(([label]) => label.length));
  return [
    `- Status for connection ${number} -`,
    ...fields.map(([label, value]) => `${`${label}:`.padEnd(width + 1)} ${value}`),
  ];
}

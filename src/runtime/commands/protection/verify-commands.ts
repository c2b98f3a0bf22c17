// VERIFY, at once or by a schedule of the source, and ORPHANS LIST: what a verification finds only on the target.
import { displayPath } from '../../../base/raw-path.ts';
import { handle, list, record, size, type Value } from '../../../language/values/value.ts';
import type { VerifyMode, VerifyReport } from '../../../model/report.ts';
import { recurrence } from '../../schedules/recurrence.ts';
import { reportOf } from '../../session/connection-report.ts';
import type { CommandArguments } from '../command-arguments.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';
import { addSchedule } from '../operation/schedule-commands.ts';

export const verifyHandlers: CommandHandlers = {
  verify: async (given, context) => {
    const { session, write } = context;
    if (given.value('every') !== undefined || given.value('at') !== undefined) return scheduled(given, context);
    const { source, jobId, number } = await session.connection(given.value('connection'));
    const report = await (await session.server(source)).jobs.verify(jobId, given.choice<VerifyMode>('mode'));
    for (const line of verifyLines(report, number)) write(line);
    return verifyValue(report);
  },

  'orphans.delete': async (given, { session }) => {
    const { source, jobId } = await session.connection(given.value('connection'));
    await (await session.server(source)).mirrors.deleteOrphans(jobId);
    return success;
  },

  'orphans.list': async (given, { session, write }) => {
    const { source, jobId, number } = await session.connection(given.value('connection'));
    const report = await (await session.server(source)).jobs.verify(jobId, 'report');
    const paths = report.differences
      .filter(({ verdict }) => verdict === 'surplus')
      .map(({ path }) => displayPath(path));
    write(`${report.surplus} only on the target of connection ${number}`);
    for (const path of paths) write(`  ${path}`);
    if (paths.length < report.surplus) write(`  and more: ${displayPath(report.logPath)}`);
    return list(paths);
  },
};

/** Makes a schedule of the source that verifies; a schedule for a single time removes itself. */
async function scheduled(given: CommandArguments, context: CommandContext): Promise<Value> {
  const { session } = context;
  const connection = await session.connection(given.value('connection'));
  const { cron, timeZone, once } = recurrence(given.optionalDurationMs('every'), given.optionalMoment('at'));
  const name = `verify ${(await reportOf(session, connection)).name}`;
  const body = [
    `source "${connection.source}"`,
    ...(once ? ['schedule delete $name'] : []),
    `verify $connection ${given.text('mode')}`,
  ];
  const bindings = record({ connection: handle('connection', connection.jobId, connection.number), name });
  const server = await session.server(connection.source);
  return addSchedule({ name, cron, timeZone, overlap: 'skip', body: body.join('\n'), bindings }, server, context);
}

/** At most so many differing paths are printed; the log has all of them. */
const shownDifferencesMax = 20;

function verifyLines(report: VerifyReport, number: number): string[] {
  const { filesCompared, filesDifferent, filesMissing, filesUnsettled, surplus, filesRemirrored, differences } = report;
  const seconds = ((report.finishedMs - report.startedMs) / 1000).toFixed(1);
  const shown = differences.slice(0, shownDifferencesMax).map((one) => {
    const bytes = one.bytesOutOfSync > 0 ? `${one.bytesOutOfSync} bytes out of sync` : '';
    const what = [bytes, ...one.attributes].filter((text) => text !== '').join(', ');
    return `  ${one.verdict}: ${displayPath(one.path)}${what === '' ? '' : ` (${what})`}`;
  });
  const rest = differences.length - shown.length;
  return [
    `Verification of connection ${number}: ${filesCompared} files compared in ${seconds} s, ` +
      `${filesDifferent} different, ${filesMissing} missing, ${filesUnsettled} unsettled, ${surplus} only on the target` +
      (report.surplusKept > 0 ? ` (${report.surplusKept} kept from before the first mirror)` : '') +
      (report.refused === undefined ? '' : `, ${report.refused} not taken by the target`) +
      (filesRemirrored > 0 ? `, ${filesRemirrored} sent again` : ''),
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    `Log: ${displayPath(report.logPath)}`,
  ];
}

/** How many objects differ, or may differ, between the two sides; objects that are only on the target count. */
function notTheSame(report: VerifyReport): number {
  const { filesDifferent, filesMissing, filesUnsettled, directoriesMissing, surplus, refused = 0 } = report;
  return filesDifferent + filesMissing + filesUnsettled + directoriesMissing + surplus + refused;
}

function verifyValue(report: VerifyReport): Value {
  return record({
    code: 1,
    same: notTheSame(report) === 0,
    compared: report.filesCompared,
    different: report.filesDifferent,
    missing: report.filesMissing,
    unsettled: report.filesUnsettled,
    surplus: report.surplus,
    remirrored: report.filesRemirrored,
    bytes: record({
      compared: size(report.bytesCompared),
      different: size(report.bytesDifferent),
      missing: size(report.bytesMissing),
    }),
    log: report.logPath,
  });
}

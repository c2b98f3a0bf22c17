// What `understudy status --watch` shows: the server in two lines, then its connections, each with its state, its queue,
// its lag, its last verification, what goes on, and what is open. Lines are made of parts with a meaning, which whoever
// shows them may colour.

import { isAtRest } from '../../model/job.ts';
import type { Health, JobReport, ServerReport } from '../../model/report.ts';
import { roughDuration, roughSize } from './amounts.ts';
import { lagSeconds } from './monitoring-text.ts';
import { Pace } from './pace.ts';
import { percentOf, progressText } from './progress-text.ts';

export type Meaning = 'plain' | 'heading' | 'good' | 'warning' | 'bad' | 'beside';

export interface Part {
  readonly text: string;
  readonly meaning: Meaning;
}

export type Line = readonly Part[];

export interface LiveState {
  /** The last answer; undefined before the first. */
  readonly report: ServerReport | undefined;
  readonly space: { readonly freeBytes: number; readonly totalBytes: number } | undefined;
  /** Why there is no answer now, and for how long; undefined while there is one. */
  readonly trouble: { readonly reason: string; readonly forMs: number } | undefined;
  /** How fast each job moves, by its id. */
  readonly rates: ReadonlyMap<string, JobRate>;
}

export interface JobRate {
  readonly bytesPerSecond: number | null;
  readonly operationsPerSecond: number | null;
  readonly work: number | null;
}

const meanings: Readonly<Record<Health, Meaning>> = {
  healthy: 'good',
  warning: 'warning',
  error: 'bad',
  unknown: 'warning',
};

/** The lines above the connections, and those of each connection. */
export function liveText(
  { report, space, trouble, rates }: LiveState,
  nowText: string,
): { readonly head: readonly Line[]; readonly jobs: readonly (readonly Line[])[] } {
  const troubleLines: readonly Line[] =
    trouble === undefined ? [] : [[part(`No answer for ${roughDuration(trouble.forMs)}: ${trouble.reason}`, 'bad')]];
  if (report === undefined) {
    return { head: troubleLines.length > 0 ? troubleLines : [[part('Asking the server …', 'beside')]], jobs: [] };
  }
  const { name, version, startedMs, timeMs, jobs } = report;
  const up = `up ${roughDuration(timeMs - startedMs)}`;
  const room = space === undefined ? '' : `, ${roughSize(space.freeBytes)} of ${roughSize(space.totalBytes)} free`;
  return {
    head: [
      [part(name, 'heading'), part(`  understudy ${version}, ${up}${room}`, 'plain'), part(`  ${nowText}`, 'beside')],
      countLine(jobs),
      ...troubleLines,
    ],
    jobs: jobs.map((job) => jobLines(job, timeMs, rates.get(job.jobId))),
  };
}

function countLine(jobs: readonly JobReport[]): Line {
  if (jobs.length === 0) return [part('No connections', 'beside')];
  const counts = Object.entries(meanings).flatMap(([health, meaning]) => {
    const count = jobs.filter((one) => one.health === health).length;
    return count === 0 ? [] : [part(`${count} ${health}`, meaning)];
  });
  const commas = counts.flatMap((one, index) => (index === 0 ? [one] : [part(', ', 'plain'), one]));
  return [part(`${jobs.length} ${jobs.length === 1 ? 'connection' : 'connections'}: `, 'plain'), ...commas];
}

function jobLines(job: JobReport, nowMs: number, rate: JobRate | undefined): readonly Line[] {
  const { number, name, source, target, health } = job;
  const heading: Line = [
    part(`${number} ${name}`, 'heading'),
    part(`  ${source} -> ${target}  `, 'plain'),
    part(
      job.failedOver ? 'failed over' : health,
      job.failedOver && health === 'healthy' ? 'warning' : meanings[health],
    ),
  ];
  const indented = (text: string, meaning: Meaning): Line => [part(`  ${text}`, meaning)];
  const said = (texts: readonly string[]): Line => indented(texts.filter(isSaid).join(', '), 'plain');
  return [
    heading,
    said([stateText(job), lagText(job, nowMs), rateText(rate)]),
    said([queueText(job), verifiedText(job, nowMs)]),
    ...workTexts(job, rate).map((text) => indented(text, 'plain')),
    ...(job.additional === ''
      ? []
      : [indented(job.additional, meanings[health] === 'good' ? 'beside' : meanings[health])]),
  ];
}

function stateText({ role, mirror, replication, targetState }: JobReport): string {
  // A verification has a line of its own.
  const doing = isAtRest(mirror.status) ? replication.status : `mirror ${mirror.status}`;
  return `${role === 'source' ? '' : 'as target '}${doing.toLowerCase()}, replica ${targetState}`;
}

function queueText({ mirror, replication }: JobReport): string {
  const bytes = mirror.queuedBytes + replication.queuedBytes;
  return bytes === 0 && replication.queuedOperations === 0
    ? 'queue empty'
    : `queue ${roughSize(bytes)} in ${replication.queuedOperations} operations`;
}

function rateText(rate: JobRate | undefined): string {
  const { bytesPerSecond = null, operationsPerSecond = null } = rate ?? {};
  if (bytesPerSecond !== null && bytesPerSecond > 0) return `${roughSize(bytesPerSecond)}/s`;
  return operationsPerSecond === null || operationsPerSecond <= 0
    ? ''
    : `${Math.round(operationsPerSecond)} operations/s`;
}

function lagText(job: JobReport, nowMs: number): string {
  const seconds = lagSeconds(job, nowMs);
  return seconds === undefined ? '' : `lag ${seconds}s`;
}

function verifiedText({ verification }: JobReport, nowMs: number): string {
  if (verification === undefined) return '';
  if (verification.last === null) return 'not verified yet';
  const { finishedMs, differences } = verification.last;
  const found = differences === 0 ? 'the same' : `${differences} differences`;
  return `verified ${roughDuration(nowMs - finishedMs)} ago: ${found}`;
}

/** What goes on and has an end. */
function workTexts({ mirror, verification, revert }: JobReport, rate: JobRate | undefined): readonly string[] {
  const works = [
    ['mirror', mirror.progress],
    ['verification', verification?.running],
    ['revert', revert],
  ] as const;
  return works.flatMap(([title, progress]) => {
    if (progress === undefined || progress === null) return [];
    const share = percentOf(progress);
    const left = progress.totalBytes === null ? null : progress.totalBytes - progress.doneBytes;
    const speed = rate?.work ?? null;
    const remainingMs = left === null || left < 0 || speed === null || speed <= 0 ? null : (1000 * left) / speed;
    const text = progressText({ ...progress, title, state: '', bytesPerSecond: null, remainingMs });
    return [share === null ? text : `${bar(share)} ${text}`];
  });
}

function bar(percent: number): string {
  const width = 16;
  const full = Math.floor((percent * width) / 100);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}

/** Keeps the paces of the jobs of a server from one answer to the next. */
export class JobPaces {
  readonly #paces = new Map<string, Readonly<Record<'bytes' | 'operations' | 'work', Pace>>>();

  at(ms: number, jobs: readonly JobReport[]): ReadonlyMap<string, JobRate> {
    return new Map(
      jobs.map((job) => {
        const paces = this.#paces.get(job.jobId) ?? { bytes: new Pace(), operations: new Pace(), work: new Pace() };
        this.#paces.set(job.jobId, paces);
        const working = job.mirror.progress ?? job.verification?.running ?? job.revert;
        const rate = {
          bytesPerSecond: paces.bytes.at(ms, job.mirror.sentBytes + job.replication.sentBytes),
          operationsPerSecond: paces.operations.at(ms, job.sequence.applied),
          work: paces.work.at(ms, working?.doneBytes ?? 0),
        };
        return [job.jobId, rate];
      }),
    );
  }
}

function part(text: string, meaning: Meaning): Part {
  return { text, meaning };
}

function isSaid(text: string): boolean {
  return text !== '';
}

// One line for monitoring systems: what is the matter, then figures behind a bar (Monitoring Plugins Development
// Guidelines, plugin output and performance data). docs/monitoring.md explains the figures.
import type { Health, JobReport, ServerReport } from '../../model/report.ts';

const states: Readonly<Record<Health, string>> = {
  healthy: 'OK',
  warning: 'WARNING',
  error: 'CRITICAL',
  unknown: 'UNKNOWN',
};

/** An error counts as worse than a warning, and that as worse than `unknown`; a server without jobs is healthy. */
export function worstHealth({ jobs }: Pick<ServerReport, 'jobs'>): Health {
  const found = new Set(jobs.map(({ health }) => health));
  const order: readonly Health[] = ['error', 'warning', 'unknown'];
  return order.find((health) => found.has(health)) ?? 'healthy';
}

export function monitoringLine(report: ServerReport, { freeBytes }: { readonly freeBytes: number }): string {
  const { name, timeMs, jobs } = report;
  const bad = jobs.filter(({ health }) => health !== 'healthy');
  const count = `${jobs.length} ${jobs.length === 1 ? 'connection' : 'connections'} of ${name}`;
  const text = bad.length === 0 ? `${count}, all healthy` : `${bad.length} of ${count}: ${bad.map(trouble).join('; ')}`;
  const figures = [
    figure('connections', jobs.length, '', jobs.length),
    figure('warnings', jobs.filter(({ health }) => health === 'warning').length, '', jobs.length),
    figure('errors', jobs.filter(({ health }) => health === 'error').length, '', jobs.length),
    figure('free', freeBytes, 'B'),
    ...jobs.flatMap((job) => jobFigures(job, timeMs)),
  ];
  return `${heading(worstHealth(report), text)}|${figures.join(' ')}`;
}

/** For a server that could not be asked. */
export function unknownLine(reason: string): string {
  return heading('unknown', reason);
}

function heading(health: Health, text: string): string {
  // A bar would begin the figures, and a line end a second part.
  return `UNDERSTUDY ${states[health]} - ${text.replaceAll('|', '/').replace(/\s+/g, ' ')}`;
}

function trouble({ number, name, health, additional, targetState, failedOver }: JobReport): string {
  const text = additional === '' ? `replica ${targetState}` : additional;
  return `${number} ${name} ${failedOver ? 'failed over' : health}: ${text}`;
}

/** How far the target of a source is behind; undefined where that is not known. Never below zero, also when a clock was set back. */
export function lagSeconds({ behindSinceMs }: JobReport, nowMs: number): number | undefined {
  if (behindSinceMs === undefined) return undefined;
  return behindSinceMs === null ? 0 : Math.max(0, Math.floor((nowMs - behindSinceMs) / 1000));
}

function jobFigures(job: JobReport, nowMs: number): string[] {
  const { number, mirror, replication } = job;
  const lag = lagSeconds(job, nowMs);
  const label = (what: string): string => `${number}_${what}`;
  return [
    ...(lag === undefined ? [] : [figure(label('lag'), lag, 's')]),
    figure(label('queue'), mirror.queuedBytes + replication.queuedBytes, 'B'),
    figure(label('operations'), replication.queuedOperations, ''),
    figure(label('sent'), mirror.sentBytes + replication.sentBytes, 'c'),
  ];
}

/** `label=value[unit];warn;crit;min;max`; there are no limits, so these stay empty. */
function figure(label: string, value: number, unit: string, max?: number): string {
  return `${label}=${value}${unit};;;0${max === undefined ? '' : `;${max}`}`;
}

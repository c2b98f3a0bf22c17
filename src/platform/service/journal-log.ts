// The log as lines for the systemd journal, on a stream of this process that leads there: a priority (sd-daemon(3)), the message,
// and the fields as `name=value`. A line stays a line, whatever a message has in it, so that nobody elsewhere writes one of his own.
import { fstatSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import type { Log, LogLevel } from '../../base/log.ts';

/** <syslog.h> */
const priorities: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warning: 4, error: 3 };
/** Of a line, in UTF-16 units; the journal cuts lines of 48 KiB in two (journald.conf(5), LineMax). */
const lengthMax = 2000;

/** Whether what this descriptor is open on is the journal (systemd.exec(5), JOURNAL_STREAM). */
export function leadsToJournal(
  descriptor: number,
  { JOURNAL_STREAM: stream }: Readonly<Record<string, string | undefined>>,
): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Lines below `info` are left out. */
export function journalLog(write: (line: string) => void): Log {
  return {
    write: (level, message, fields) => {
      if (level !== 'debug') write(journalLine(level, message, fields));
    },
  };
}

function journalLine(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const said = [message, ...Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`)].join(' ');
  const line = said.replaceAll(
    /\p{Cc}|[\u2028\u2029]/gu,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `<${priorities[level]}>${line.length > lengthMax ? `${line.slice(0, lengthMax)}…` : line}`;
}

/** Words that need no quotes as they are; anything else as JSON. */
function valueText(value: unknown): string {
  if (value instanceof Failure || value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  return JSON.stringify(value) ?? 'undefined';
}

// The log as JSON lines, one object each: `time` (ISO 8601, UTC), `level`, `message`, then the fields. Written by pino.
import { pino } from 'pino';
import { Failure } from '../base/failure.ts';
import type { Log, LogLevel } from '../base/log.ts';

/** Where the lines go: the number of an open file (1 for standard output), or the path of a file that is appended to. */
export type LogDestination = number | string;

const methods = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/** Lines below `least` are left out. Each line is written before `write` returns, so that none is lost in a crash. */
export function openJsonLog(destination: LogDestination, least: LogLevel = 'info'): Log {
  const output = pino.destination({ dest: destination, sync: true, mkdir: true, mode: 0o600 });
  // A full disk or a reader that went away must not end the server; there is nowhere left to say so.
  output.on('error', () => undefined);
  const logger = pino(
    {
      level: methods[least],
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label === 'warn' ? 'warning' : label }) },
    },
    output,
  );
  return {
    write: (level, message, fields) => {
      const entries = Object.entries(fields ?? {}).map(([name, value]) => [name, asJson(value)] as const);
      logger[methods[level]](Object.fromEntries(entries), message);
    },
  };
}

/** JSON knows no bigint, which as text keeps every digit, and nothing of errors; of ours, the stack is no news. */
function asJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Failure) {
    const { code, operation, subject, reason, hint } = value;
    return { code, operation, subject, reason, hint };
  }
  return value instanceof Error ? { message: value.message, stack: value.stack } : value;
}

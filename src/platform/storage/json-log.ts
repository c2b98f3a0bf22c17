// The log as JSON lines, one object each: `time` (ISO 8601, UTC), `level`, `message`, then the fields. Written by pino.
import { pino } from 'pino';
import { Failure } from '../../base/failure.ts';
import type { Log, LogLevel } from '../../base/log.ts';
import { RotatingFile, type RotationLimits } from './rotating-file.ts';

export interface JsonLog extends Log {
  /** How long the file may become, and how many of its kind are kept; holds from the next line on. */
  limit(limits: RotationLimits): void;
}

const methods = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/** Appends to the file at `path` (rotating-file.ts). Lines below `least` are left out. */
export function openJsonLog(path: string, least: LogLevel = 'info'): JsonLog {
  const output = new RotatingFile(path);
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
    limit: (limits) => output.limit(limits),
  };
}

/** A bigint as text, with all its digits; an error as its message and stack; a Failure without a stack, which would say nothing. */
function asJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Failure) {
    const { code, operation, subject, reason, hint } = value;
    return { code, operation, subject, reason, hint };
  }
  return value instanceof Error ? { message: value.message, stack: value.stack } : value;
}

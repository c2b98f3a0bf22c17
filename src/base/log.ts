// The log as the rest of the house sees it: a level, a message and structured fields. Adapters write JSON lines.

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export const silentLog: Log = { write: () => undefined };

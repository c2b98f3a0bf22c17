// The service manager that started this process, as its environment describes it (sd_notify(3), sd_watchdog_enabled(3)).
import { adviceText, Failure } from '../../base/failure.ts';
import { NotifySocket } from './notify-socket.ts';

/** What it may be told; each is a fact of this moment, and may be told again. */
export interface ServiceState {
  readonly ready?: true;
  readonly stopping?: true;
  /** The process is well; said in time again and again, where `watchdogMs` says so. */
  readonly well?: true;
  /** One line for people. */
  readonly status?: string;
}

export interface ServiceManager {
  /** It ends a process that has not said for so long that it is well; undefined where it does not look. */
  readonly watchdogMs: number | undefined;
  tell(state: ServiceState): void;
  close(): void;
}

/** Undefined where no manager wants to be told. `warn` hears once of what it could not be told. */
export function serviceManagerOf(
  environment: Readonly<Record<string, string | undefined>>,
  processId: number,
  warn: (reason: string) => void,
): ServiceManager | undefined {
  const name = environment.NOTIFY_SOCKET;
  if (name === undefined || name === '') return undefined;
  let socket: NotifySocket;
  try {
    socket = new NotifySocket(name);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    warn(adviceText(error));
    return undefined;
  }
  let isWarned = false;
  return {
    watchdogMs: watchdogMs(environment, processId),
    tell: (state) => {
      const reason = socket.send(textOf(state));
      if (reason !== undefined && !isWarned) warn(`the service manager at ${name} could not be told: ${reason}`);
      isWarned = reason !== undefined;
    },
    close: () => socket.close(),
  };
}

function watchdogMs(
  { WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched }: Readonly<Record<string, string | undefined>>,
  processId: number,
): number | undefined {
  // A parent may have been meant, whose environment this process has.
  if (watched !== undefined && watched !== String(processId)) return undefined;
  return microseconds !== undefined && /^[1-9]\d{0,15}$/.test(microseconds) ? Number(microseconds) / 1000 : undefined;
}

function textOf({ ready, stopping, well, status }: ServiceState): string {
  const lines = [
    ...(ready ? ['READY=1'] : []),
    ...(stopping ? ['STOPPING=1'] : []),
    ...(status === undefined ? [] : [`STATUS=${status.replaceAll(/\p{Cc}/gu, ' ')}`]),
    ...(well ? ['WATCHDOG=1'] : []),
  ];
  return lines.join('\n');
}

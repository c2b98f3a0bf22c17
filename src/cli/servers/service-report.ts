// What the service manager hears of a server: that it is ready, again and again how it is, and that it stops.
//
// How it is, the server is asked over the socket of its home, as `understudy status` asks it. So a server that says it is well has an
// event loop that turns, an open door and an answer. One that does not answer is not told to be well, and the manager may end it
// (systemd.service(5), WatchdogSec); it is asked one question at a time.
import type { Log } from '../../base/log.ts';
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';
import { healths, type ServerReport } from '../../model/report.ts';
import type { ServiceManager } from '../../platform/service/service-manager.ts';

export interface ServiceReportParts {
  readonly manager: ServiceManager;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks the server. */
  readonly ask: () => Promise<ServerReport>;
  /** Where the server accepts links. */
  readonly listen: string | undefined;
}

/** Between two reports, where the manager does not say how long it waits for one. */
const usualPeriodMs = 30_000;

export class ServiceReport {
  readonly #parts: ServiceReportParts;
  readonly #periodMs: number;
  #timer: CancelTimer | undefined;
  #stopped = false;

  /** Tells at once that the server is ready. Half of the manager's patience is between two reports. */
  constructor(parts: ServiceReportParts) {
    const { manager } = parts;
    this.#parts = parts;
    this.#periodMs = manager.watchdogMs === undefined ? usualPeriodMs : manager.watchdogMs / 2;
    manager.tell({ ready: true, status: 'Ready' });
    void this.#report();
  }

  /** Says that the server stops, and nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.();
    this.#parts.manager.tell({ stopping: true, status: 'Stopping' });
    this.#parts.manager.close();
  }

  async #report(): Promise<void> {
    const { manager, clock, log, ask, listen } = this.#parts;
    const nextMs = clock.monotonicMs() + this.#periodMs;
    try {
      const report = await ask();
      // That it is ready is said again, because a manager that was busy may have lost it.
      if (!this.#stopped) manager.tell({ ready: true, well: true, status: statusText(report, listen) });
    } catch (error) {
      if (!this.#stopped) {
        log.write('error', 'this server does not answer on the socket of its home', { error });
        manager.tell({ status: 'The server does not answer on the socket of its home' });
      }
    }
    if (!this.#stopped) this.#timer = clock.after(nextMs - clock.monotonicMs(), () => void this.#report());
  }
}

/** `Links on 10.0.0.1:6320; 3 connections: 2 healthy, 1 error` */
function statusText({ jobs }: ServerReport, listen: string | undefined): string {
  const counts = healths
    .map((health) => ({ health, count: jobs.filter((job) => job.health === health).length }))
    .filter(({ count }) => count > 0)
    .map(({ health, count }) => `${count} ${health}`);
  const connections = `${jobs.length === 1 ? '1 connection' : `${jobs.length} connections`}`;
  const told = jobs.length === 0 ? 'no connections' : `${connections}: ${counts.join(', ')}`;
  return listen === undefined ? told : `Links on ${listen}; ${told}`;
}

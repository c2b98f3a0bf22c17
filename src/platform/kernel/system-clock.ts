// The system's time.
import { uptime } from 'node:os';
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';

/** setTimeout takes a signed 32-bit number and fires at once for more. */
const timeoutMsMax = 2 ** 31 - 1;

export class SystemClock implements Clock {
  wallMs(): number {
    return Date.now();
  }

  /** Not from `performance`, which a script of one line would have to load only for this. */
  monotonicMs(): number {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  }

  /** In hundredths of a second, as the system tells it. */
  bootMs(): number {
    return uptime() * 1000;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    if (delayMs <= 0) {
      // Node's shortest timer takes a millisecond, which a script would pay a hundred times a second.
      const turn = setImmediate(callback);
      return () => clearImmediate(turn);
    }
    const dueMs = this.monotonicMs() + delayMs;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      // Node's timers count whole milliseconds and may fire a fraction early, which the port rules out.
      const leftMs = dueMs - this.monotonicMs();
      if (leftMs <= 0) callback();
      else timer = setTimeout(wait, Math.min(Math.ceil(leftMs), timeoutMsMax));
    };
    timer = setTimeout(wait, Math.min(Math.ceil(delayMs), timeoutMsMax));
    return () => clearTimeout(timer);
  }
}

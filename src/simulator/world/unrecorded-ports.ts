// The ports that a server uses all the time, its clock and its links, for a world that keeps no record. Calls go straight through until
// the process ends; after that nothing is said and nothing heard. With records a day of heartbeats would take minutes.
import type { Clock } from '../../base/waiting/clock.ts';
import type { Link } from '../../ports/network.ts';

export type IsOver = () => boolean;

export function quickClock(clock: Clock, isOver: IsOver): Clock {
  return {
    wallMs: () => (isOver() ? 0 : clock.wallMs()),
    monotonicMs: () => (isOver() ? 0 : clock.monotonicMs()),
    after: (delayMs, callback) => {
      if (isOver()) return () => undefined;
      return clock.after(delayMs, () => {
        if (!isOver()) callback();
      });
    },
  };
}

export function quickLink(link: Link, isOver: IsOver): Link {
  return {
    peer: link.peer,
    send: (bytes) => isOver() || link.send(bytes),
    drained: () => (isOver() ? new Promise(() => undefined) : link.drained()),
    close: (reason) => {
      if (!isOver()) link.close(reason);
    },
    listen: (listener) => {
      if (isOver()) return;
      link.listen({
        data: (bytes) => {
          if (!isOver()) listener.data(bytes);
        },
        closed: (reason) => {
          if (!isOver()) listener.closed(reason);
        },
      });
    },
  };
}

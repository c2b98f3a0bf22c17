// Calls that are done at once, on this thread, resolve without a turn of the event loop: a caller that makes one after the other
// (the apply loop, a mirror, a verification) would keep timers and sockets waiting until it is done, heartbeats among them, and
// the peer would take this server for dead. Each such call asks here first; now and then it waits for a turn.

/** How long calls may follow each other. A turn costs some microseconds; a heartbeat is due every second. */
const stretchMs = 25;

let stretchStartedMs = 0;
/** Calls were made, and the event loop has had no turn since. */
let isStretch = false;

/** Undefined, or, when the event loop has had no turn for a while, a promise that resolves when it has had one. */
export function eventLoopTurn(): Promise<void> | undefined {
  if (!isStretch) {
    isStretch = true;
    stretchStartedMs = performance.now();
    setImmediate(endStretch);
    return undefined;
  }
  if (performance.now() - stretchStartedMs < stretchMs) return undefined;
  return new Promise((resolve) => setImmediate(resolve));
}

function endStretch(): void {
  isStretch = false;
}

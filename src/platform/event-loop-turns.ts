// Calls that are done at once, on this thread, resolve without a turn of the event loop: a caller that makes one after the other
// (the apply loop, a mirror, a verification) would keep timers and sockets waiting until it is done, heartbeats among them, and
// the peer would take this server for dead. Each such call asks here first; now and then it waits for a turn.

/** How long calls may follow each other. A turn costs some microseconds; a heartbeat is due every second. */
const stretchMs = 25;

let stretchStartedMs = 0;
/** The event loop has not come round since the stretch began. */
let isStretch = false;

/** Resolves at once, or, when the event loop has not come round for a while, when it has. */
export function othersTurn(): Promise<void> | undefined {
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

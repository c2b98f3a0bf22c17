// Counts what is attached to promises while something runs. A promise that lives long and gets one more reaction each time
// something waits beside it is a leak: the reactions go only when it is settled.

/** The most reactions by `then`, as of `Promise.race`, that waited for a single promise at one time while `work` ran. */
export async function mostReactions(work: () => Promise<void>): Promise<number> {
  const waiting = new WeakMap<object, number>();
  let most = 0;
  const original = Promise.prototype.then;
  const counted = function then(this: Promise<unknown>, ...given: Parameters<typeof original>) {
    const count = (waiting.get(this) ?? 0) + 1;
    waiting.set(this, count);
    most = Math.max(most, count);
    const settled = (): void => {
      waiting.set(this, (waiting.get(this) ?? 0) - 1);
    };
    original.call(this, settled, settled);
    return original.apply(this, given);
  };
  Reflect.set(Promise.prototype, 'then', counted);
  try {
    await work();
  } finally {
    Reflect.set(Promise.prototype, 'then', original);
  }
  return most;
}

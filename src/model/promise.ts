// What a connection promises of its replica while the source is at work. It depends on how the source learns of changes
// (ports/capture.ts): without their bytes and their order, a replica is never sure to be a state that the source once had.

/** `changes`: by notification and by looking. `operations`: every operation in order, with its bytes. */
export const captureModes = ['changes', 'operations'] as const;
export type CaptureMode = (typeof captureModes)[number];

/** What an operator may ask for: operations by a filter, changes by watching, or the best that can be had. */
export const captureWishes = ['filter', 'watch', 'auto'] as const;
export type CaptureWish = (typeof captureWishes)[number];

/** For people: STATUS says it of every connection, and a failover says it again. */
export const promiseTexts: Readonly<Record<CaptureMode, string>> = {
  changes: 'eventually equal: a running database may not open',
  operations: 'prefix: the replica is always a state that the source had',
};

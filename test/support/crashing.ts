// Crashes for tests: ports that die at the n-th call, and what a power failure leaves of a file system in memory.
import type { FileTree } from '../../src/ports/files.ts';
import type { MemoryDisk, MemoryObject } from '../../src/simulator/memory/memory-disk.ts';

export class Crash extends Error {}

/** Counts the calls of all ports that it wraps; with the last one allowed, everything is dead. */
export class CallBudget {
  used = 0;
  readonly #max: number;
  readonly #afterCall: () => void;
  readonly #targets = new WeakMap<object, object>();

  constructor(max = Number.POSITIVE_INFINITY, afterCall: () => void = () => undefined) {
    this.#max = max;
    this.#afterCall = afterCall;
  }

  /** The port, and every port that a call on it resolves with. */
  wrap<T extends object>(port: T): T {
    const wrapped = new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return async (...given: unknown[]) => {
          if (this.used >= this.#max) throw new Crash();
          this.used += 1;
          const result = (await member.apply(
            target,
            given.map((one) => this.#unwrap(one)),
          )) as unknown;
          this.#afterCall();
          return isPort(result) ? this.wrap(result) : result;
        };
      },
    });
    this.#targets.set(wrapped, port);
    return wrapped;
  }

  #unwrap(value: unknown): unknown {
    return (typeof value === 'object' && value !== null && this.#targets.get(value)) || value;
  }
}

function isPort(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'close' in value && 'sync' in value;
}

type DiskState = Map<
  MemoryObject,
  Partial<MemoryObject> & {
    readonly bytes: Buffer;
    readonly names: [string, MemoryObject][];
    readonly marks: [string, Buffer][];
  }
>;

/**
 * A file system that commits names in order but bytes in any: a power failure leaves the names and attributes of some
 * moment since the last sync, and of each block either what it held then or what it held at that sync.
 */
export class PowerFailure {
  readonly #disk: MemoryDisk;
  #moments: DiskState[] = [];

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
    this.synced();
  }

  /** The file system is durable as it is now. */
  synced(): void {
    this.#moments = [this.#now()];
  }

  /** Something may have changed. */
  changed(): void {
    this.#moments.push(this.#now());
  }

  /** `choose(n)` gives a number from 0 to n - 1. */
  strike(choose: (count: number) => number): void {
    const durable = this.#moments[0];
    const moment = this.#moments[choose(this.#moments.length)];
    if (!durable || !moment) return;
    for (const [object, state] of moment) {
      const { bytes, names, marks, ...fields } = state;
      Object.assign(object, fields);
      object.entries.clear();
      object.extended.clear();
      for (const [name, value] of marks) object.extended.set(name, value);
      for (const [name, entry] of names) object.entries.set(name, entry);
      const kept = Buffer.from(bytes);
      const before = durable.get(object)?.bytes ?? Buffer.alloc(0);
      for (let at = 0; at < kept.length; at += 4096) {
        if (choose(2) === 0) continue;
        kept.fill(0, at, Math.min(at + 4096, kept.length));
        if (at < before.length) before.copy(kept, at, at, Math.min(at + 4096, before.length));
      }
      object.content.truncate(0);
      object.content.write(0, kept, () => undefined);
      object.content.truncate(kept.length);
    }
    this.synced();
  }

  #now(): DiskState {
    const state: DiskState = new Map();
    const pending = [this.#disk.root];
    for (const object of pending) {
      const { mode, userId, groupId, modifiedNs, links } = object;
      const bytes = object.content.read(0, object.content.size);
      const names = [...object.entries];
      const marks = [...object.extended];
      state.set(object, { mode, userId, groupId, modifiedNs, links, bytes, names, marks });
      pending.push(...[...object.entries.values()].filter((entry) => !state.has(entry)));
    }
    return state;
  }
}

/** The tree, telling of each sync. */
export function noticingSync(tree: FileTree, synced: () => void): FileTree {
  return new Proxy(tree, {
    get: (target, name) => {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) => {
        const result = (await member.apply(target, given)) as unknown;
        if (name === 'sync') synced();
        return result;
      };
    },
  });
}

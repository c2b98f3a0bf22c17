// Notices that something was mounted or unmounted while changes are captured (proc(5): /proc/self/mountinfo can be polled).
import { closeSync, openSync } from 'node:fs';
import type { ChangeCollector } from '../change-collector.ts';
import { concerning } from '../open-watch.ts';
import type { KernelWatch } from './kernel-watch.ts';
import { type Mount, mountOf, readMounts, virtualBelow } from './mount-table.ts';

export class MountChanges {
  readonly descriptor = openSync('/proc/self/mountinfo', 'r');
  readonly #roots: readonly string[];
  readonly #rootMounts: readonly string[];
  #known: ReadonlyMap<string, Mount>;
  #virtual: ReadonlyMap<string, Mount>;

  constructor(roots: readonly string[]) {
    const mounts = readMounts();
    this.#roots = roots;
    this.#rootMounts = identities(roots, mounts);
    this.#known = byIdentity(concerning(roots, mounts));
    this.#virtual = byIdentity(virtualBelow(roots, mounts));
  }

  /** Tells the watch what changed since it was last asked. */
  check(watch: KernelWatch, collector: ChangeCollector): void {
    const mounts = readMounts();
    const now = identities(this.#roots, mounts);
    for (const [index, root] of this.#roots.entries()) {
      if (now[index] !== this.#rootMounts[index]) collector.fail(`the file system of ${root} was mounted or unmounted`);
    }
    const before = this.#known;
    this.#known = byIdentity(concerning(this.#roots, mounts));
    for (const [identity, mount] of before) if (!this.#known.has(identity)) watch.unmounted(mount);
    for (const [identity, mount] of this.#known) if (!before.has(identity)) watch.mounted(mount);
    this.#checkVirtual(mounts, collector);
  }

  /** What such a mount covers, or lays bare, is to be looked at again. */
  #checkVirtual(mounts: readonly Mount[], collector: ChangeCollector): void {
    const before = this.#virtual;
    this.#virtual = byIdentity(virtualBelow(this.#roots, mounts));
    for (const [identity, mount] of before) if (!this.#virtual.has(identity)) collector.overflow(mount.mountPoint);
    for (const [identity, mount] of this.#virtual) if (!before.has(identity)) collector.overflow(mount.mountPoint);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function identities(roots: readonly string[], mounts: readonly Mount[]): string[] {
  return roots.map((root) => mountOf(root, mounts)?.identity ?? '');
}

function byIdentity(mounts: readonly Mount[]): Map<string, Mount> {
  return new Map(mounts.map((mount) => [mount.identity, mount]));
}

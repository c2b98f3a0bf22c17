// Deletions that the last mirror held back, because the source itself seems to be gone (engine/mirror/surplus.ts has
// the rules). While there are any, the job looks at the source from time to time: when one of the missing names is
// there again, the data is back, and a mirror begins.
import type { CancelTimer, Clock } from '../../../base/waiting/clock.ts';
import { GrowingDelay } from '../../../base/waiting/growing-delay.ts';
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { HeldDeletions } from '../../mirror/surplus.ts';

export interface WantedMirrors {
  want(method: MirrorMethod, reason: string): void;
}

export class HeldBack {
  readonly #clock: Clock;
  readonly #trees: readonly FileTree[];
  readonly #mirrors: WantedMirrors;
  readonly #delay = new GrowingDelay({ firstMs: 3000, mostMs: 30_000 });
  #held: readonly HeldDeletions[] = [];
  #cancel: CancelTimer | undefined;
  /** The number of the list, so that a slow look at an earlier list has no effect on a later one. */
  #round = 0;

  /** `trees` are the trees of the roots; each look uses the present ones. */
  constructor(clock: Clock, trees: readonly FileTree[], mirrors: WantedMirrors) {
    this.#clock = clock;
    this.#trees = trees;
    this.#mirrors = mirrors;
  }

  get list(): readonly HeldDeletions[] {
    return this.#held;
  }

  /** A text for people; empty when nothing is held back. */
  get text(): string {
    return this.#held.map((one) => `${heldText(one)}: ${heldHint}`).join('; ');
  }

  /** Takes the deletions that the ended mirror held back; the list may be empty. */
  set(held: readonly HeldDeletions[]): void {
    this.stop();
    this.#held = held;
    if (held.length === 0) this.#delay.reset();
    else this.#lookLater();
  }

  stop(): void {
    this.#round += 1;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #lookLater(): void {
    this.#cancel = this.#clock.after(this.#delay.after('held back'), () => void this.#look());
  }

  async #look(): Promise<void> {
    const round = this.#round;
    const isThere = await Promise.all(this.#held.map((one) => this.#anyIsThere(one)));
    if (this.#round !== round) return;
    if (isThere.includes(true)) this.#mirrors.want('data-delta', 'the data of the source is there again');
    else this.#lookLater();
  }

  async #anyIsThere({ root, missing }: HeldDeletions): Promise<boolean> {
    for (const path of missing) {
      // A place that cannot be read does not count as back.
      const status = await this.#trees[root]?.status(path).catch(() => undefined);
      if (status !== undefined) return true;
    }
    return false;
  }
}

export function heldText({ location, names, reason }: HeldDeletions): string {
  return `deletions of ${names} names below ${location} are held back, because ${reason}`;
}

export const heldHint = 'bring its data back; or, if it was deleted on purpose, say so with ORPHANS DELETE';

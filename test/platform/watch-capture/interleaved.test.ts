// Changes that fall between the reading of one notification and the next, where a capture is most easily misled. Each game
// is played in one thread, so that it is the same every time: whenever a change is told, more are made.
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ChangeCollector } from '../../../src/platform/watch-capture/change-collector.ts';
import { openWatch } from '../../../src/platform/watch-capture/open-watch.ts';
import type { WatchMethod } from '../../../src/platform/watch-capture/worker-messages.ts';
import { Chance } from '../../../src/simulator/chance.ts';
import { Follower } from './follower.ts';

const isRoot = process.getuid?.() === 0;
const changesInGame = 60;

class Game {
  readonly #chance: Chance;
  readonly #base: string;
  readonly #root: string;
  #left = changesInGame;
  #isChanging = false;

  constructor(base: string, seed: number) {
    this.#chance = new Chance(seed);
    this.#base = realpathSync(mkdtempSync(join(base, 'game-')));
    this.#root = join(this.#base, 'root');
    mkdirSync(this.#root);
  }

  /** What a listener knows at the end, and what is there. */
  play(method: WatchMethod): { readonly told: Follower['picture']; readonly there: Follower['picture'] } {
    const collector = this.#collector();
    const follower = new Follower(this.#root);
    const settings = { roots: [this.#root], method, unlimitedQueue: true };
    const { watch } = openWatch(settings, collector);
    try {
      while (this.#left > 0) {
        this.#change(this.#chance.below(12));
        watch.settle(watch.drain(), this.#chance.below(2) === 0);
        if (this.#chance.below(3) === 0) follower.listener(collector.take(Number.POSITIVE_INFINITY));
      }
      for (let unsettled = true; unsettled; ) unsettled = !watch.drain() || watch.settle(true, true);
      expect(collector.failure).toBeUndefined();
      follower.listener(collector.take(Number.POSITIVE_INFINITY));
      return { told: follower.picture, there: follower.reality() };
    } finally {
      watch.close();
    }
  }

  #collector(): ChangeCollector {
    const changeMore = (): void => {
      while (!this.#isChanging && this.#chance.below(3) === 0) this.#change(1);
    };
    return new (class extends ChangeCollector {
      override changed(...told: Parameters<ChangeCollector['changed']>): void {
        super.changed(...told);
        changeMore();
      }
      override appeared(...told: Parameters<ChangeCollector['appeared']>): void {
        super.appeared(...told);
        changeMore();
      }
      override vanished(path: string): void {
        super.vanished(path);
        changeMore();
      }
      override renamed(...told: Parameters<ChangeCollector['renamed']>): boolean {
        const exchanged = super.renamed(...told);
        changeMore();
        return exchanged;
      }
    })([this.#root], Number.POSITIVE_INFINITY);
  }

  #change(count: number): void {
    this.#isChanging = true;
    for (let made = 0; made < count && this.#left > 0; made += 1) {
      this.#left -= 1;
      try {
        this.#changeOne();
      } catch {
        // There is no such file, or it is in the way.
      }
    }
    this.#isChanging = false;
  }

  #changeOne(): void {
    const outside = join(this.#base, 'outside');
    switch (this.#chance.below(8)) {
      case 0:
      case 1:
        mkdirSync(this.#folder(), { recursive: true });
        return;
      case 2:
      case 3:
        appendFileSync(this.#file(), 'more');
        return;
      case 4:
        renameSync(this.#file(), this.#file());
        return;
      case 5:
        renameSync(this.#folder(), this.#folder());
        return;
      case 6:
        if (this.#chance.below(2) === 0) renameSync(this.#folder(), outside);
        else renameSync(outside, this.#folder());
        return;
      default:
        if (this.#chance.below(2) === 0) unlinkSync(this.#file());
        else rmSync(this.#folder(), { recursive: true });
    }
  }

  #folder(): string {
    return join(this.#root, this.#chance.oneOf(['a', 'b', 'a/c', 'b/c', 'a/c/d']));
  }

  #file(): string {
    return join(this.#chance.below(6) === 0 ? this.#root : this.#folder(), this.#chance.oneOf(['x', 'y', 'z']));
  }
}

describe.each([
  { method: 'inotify' as const, runs: true },
  { method: 'fanotify' as const, runs: isRoot },
])('$method', ({ method, runs }) => {
  it.runIf(runs)('is not misled by changes between two notifications', () => {
    const base = mkdtempSync(join(tmpdir(), 'understudy-interleaved-'));
    onTestFinished(() => rmSync(base, { recursive: true }));
    for (let seed = 1; seed <= 100; seed += 1) {
      const { told, there } = new Game(base, seed).play(method);
      expect(told, `game ${seed}`).toEqual(there);
    }
  });
});

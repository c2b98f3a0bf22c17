import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/base/waiting/clock.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';

describe('the clock turned by hand', () => {
  it('fires timers in the order in which they are due, at exactly their time', async () => {
    const clock = new ManualClock(1_000_000);
    const fired: string[] = [];
    const note = (what: string) => () => fired.push(`${what}@${clock.monotonicMs()}/${clock.wallMs()}`);
    clock.after(30, note('c'));
    clock.after(10, note('a'));
    clock.after(10, note('b'));
    clock.after(0, note('now'));
    const cancel = clock.after(20, note('never'));
    cancel();
    clock.after(31, note('later'));
    expect(clock.nextTimerMs()).toBe(0);
    await clock.advance(30);
    expect(fired).toEqual(['now@0/1000000', 'a@10/1000010', 'b@10/1000010', 'c@30/1000030']);
    expect(clock.nextTimerMs()).toBe(1);
  });

  it('goes on however short a wait is', async () => {
    const clock = new ManualClock();
    await clock.advance(71_829.02);
    let waits = 0;
    const again = (): void => {
      waits += 1;
      if (waits < 100_000) clock.after(7e-12, again);
    };
    again();
    await clock.advance(1);
    expect(waits).toBeGreaterThan(1);
    expect(waits).toBeLessThan(2000);
  });

  it('lets promises run between timers, so that a loop of sleeps keeps time', async () => {
    const clock = new ManualClock();
    const wokenMs: number[] = [];
    const loop = (async () => {
      for (let round = 0; round < 5; round += 1) {
        await sleep(clock, 10);
        await Promise.resolve().then(() => Promise.resolve());
        wokenMs.push(clock.monotonicMs());
      }
    })();
    await clock.advance(35);
    expect(wokenMs).toEqual([10, 20, 30]);
    await clock.advance(15);
    await loop;
    expect(wokenMs).toEqual([10, 20, 30, 40, 50]);
  });

  it('moves the wall clock alone when an administrator sets it', async () => {
    const clock = new ManualClock(5000);
    await clock.advance(10);
    clock.setWall(1000);
    await clock.advance(10);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([1010, 20]);
  });
});

import { describe, expect, it } from 'vitest';
import { NewsClock } from '../../../src/simulator/rehearsal/news-clock.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';

describe('the clock of those who look for news', () => {
  it('wakes them for the look that would have come after the news, and for none without', async () => {
    const clock = new ManualClock();
    const news = new NewsClock(clock);
    const looks: number[] = [];
    const look = (): void => {
      looks.push(clock.monotonicMs());
      news.after(500, look);
    };
    news.after(500, look);
    await clock.advance(2200);
    expect(looks).toEqual([]);
    news.news();
    await clock.advance(10_000);
    expect(looks).toEqual([2500]);
    news.news();
    news.news();
    await clock.advance(10_000);
    expect(looks).toEqual([2500, 12_500]);
  });

  it('does not wake those who have stopped', async () => {
    const clock = new ManualClock();
    const news = new NewsClock(clock);
    let looks = 0;
    const cancel = news.after(500, () => (looks += 1));
    news.news();
    cancel();
    await clock.advance(5000);
    expect(looks).toBe(0);
  });
});

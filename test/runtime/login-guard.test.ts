// Whoever guesses passwords is seen and slowed down, and slows down nobody else.
import { beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { AccessLevel } from '../../src/runtime/accounts.ts';
import { EventLog } from '../../src/runtime/event-log.ts';
import { LoginGuard } from '../../src/runtime/login-guard.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { MemoryStorage } from '../../src/simulator/memory-storage.ts';

let clock: ManualClock;
let events: EventLog;
let guard: LoginGuard;
let checked: number;

beforeEach(async () => {
  clock = new ManualClock();
  events = await EventLog.open(new MemoryStorage(), clock, silentLog);
  guard = new LoginGuard(clock, events.outside);
  checked = 0;
});

function login(caller: string, user: string, password: 'right' | 'wrong'): Promise<AccessLevel> {
  return guard.login(caller, user, async () => {
    checked += 1;
    return password === 'right' ? 2 : 0;
  });
}

it('lets three wrong passwords through at once, then fewer and fewer', async () => {
  for (let second = 0; second < 3_600; second += 1) {
    await login('alpha', 'night', 'wrong').catch(() => undefined);
    await clock.advance(1_000);
  }
  expect(checked).toBeLessThan(80);
  await expect(login('alpha', 'night', 'right')).rejects.toMatchObject({
    code: 'LOGIN-DELAYED',
    retryable: true,
    hint: expect.stringMatching(/^Try again in \d+ s\.$/),
  });
  expect(await login('beta', 'night', 'right')).toBe(2);
  await clock.advance(60_000);
  expect(await login('alpha', 'night', 'right')).toBe(2);
  expect(await login('alpha', 'night', 'wrong')).toBe(0);
});

it('looks at many tries at once one after the other', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 50 }, () => login('alpha', 'night', 'wrong')));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  const right = await Promise.all(Array.from({ length: 10 }, () => login('beta', 'night', 'right')));
  expect(new Set(right)).toEqual(new Set([2]));
});

it('slows down a caller that tries many accounts', async () => {
  for (let index = 0; index < 500; index += 1) await login('alpha', `user${index}`, 'wrong').catch(() => undefined);
  expect(checked).toBe(20);
});

it('reports the first wrong one and counts the others, in one line whatever the name is', async () => {
  await login('alpha', 'night\nThe server beta was stopped', 'wrong');
  await login('alpha', 'night', 'wrong');
  await login('beta', 'night', 'wrong');
  await clock.advance(60_000);
  expect(events.since(0).map(({ id, message }) => [id, message])).toEqual([
    [5183, 'A LOGIN of alpha as something that is no name failed'],
    [5183, 'A LOGIN of beta as night failed'],
    [5184, expect.stringMatching(/^1 more LOGINs of alpha failed since \S+, the last as night$/)],
  ]);
});

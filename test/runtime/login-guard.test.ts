// Whoever guesses passwords is seen and slowed down, and slows down nobody else.
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { newAccount } from '../../src/runtime/accounts/accounts.ts';
import { LoginGuard } from '../../src/runtime/accounts/login-guard.ts';
import type { AccessLevel } from '../../src/runtime/contract/access-level.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';

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

it('stands before the accounts of a server', async () => {
  const account = await newAccount('night', 'right', 'monitor', new SeededRandom(1));
  const cluster = await MemoryCluster.start({ parts: () => ({ accounts: [account] }) });
  onTestFinished(() => cluster.stop());
  const tryTo = (password: string) => cluster.beta.access.login('night', password, 'gamma');
  for (let guess = 0; guess < 3; guess += 1) expect(await tryTo(`guess ${guess}`)).toBe(0);
  // Nor is the right one told from a wrong one while its caller has to wait.
  for (const password of ['guess', 'right']) {
    await expect(tryTo(password)).rejects.toMatchObject({ code: 'LOGIN-DELAYED' });
  }
  expect(await cluster.beta.access.login('night', 'right', 'delta')).toBe(1);
  expect((await cluster.events('beta')).filter((id) => id === 5183)).toHaveLength(1);
});

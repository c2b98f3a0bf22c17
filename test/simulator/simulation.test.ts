// Whole clusters in virtual time: histories from seeds, the scenarios that are kept, and that a history can be told again.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processDefects } from '../../src/cli/process-defects.ts';
import { planOf } from '../../src/simulator/run/plan.ts';
import { shrink } from '../../src/simulator/run/shrink.ts';
import { resultOf, Summary } from '../../src/simulator/run/summary.ts';
import { type Outcome, play } from '../../src/simulator/scenario/play.ts';
import { History } from '../../src/simulator/world/history.ts';

const playSeed = (seed: number): Promise<Outcome> => play(planOf(seed), processDefects);
const playLines = (lines: readonly string[]): Promise<Outcome> => play({ seed: 1, lines }, processDefects);

test.each(Array.from({ length: 12 }, (_, index) => 1 + index))('every invariant holds from seed %i', async (seed) => {
  expect((await playSeed(seed)).broken).toBeUndefined();
});

const scenarioFolder = join(import.meta.dirname, 'scenarios');
test.each(readdirSync(scenarioFolder))('every invariant holds in %s', async (file) => {
  const lines = readFileSync(join(scenarioFolder, file), 'utf8').split('\n');
  expect((await playLines(lines)).broken).toBeUndefined();
});

test('the same seed is the same history, alone and among others', async () => {
  const alone = await playSeed(21);
  await playSeed(20);
  const among = await playSeed(21);
  expect(among).toEqual(alone);
  expect((await playSeed(22)).hash).not.toBe(alone.hash);
  const summaries = [new Summary(), new Summary()];
  const [one, other] = [resultOf(21, alone), resultOf(20, await playSeed(20))];
  for (const result of [one, other]) summaries[0]?.add(result);
  for (const result of [other, one]) summaries[1]?.add(result);
  expect(summaries[0]?.hash).toBe(summaries[1]?.hash);
});

test('one other byte anywhere is another history', async () => {
  const lines = ['connect one alpha beta', 'do alpha create x 1000 7', 'settle'];
  const { hash } = await playLines(lines);
  expect((await playLines(lines)).hash).toBe(hash);
  expect((await playLines(lines.with(1, 'do alpha create x 1000 8'))).hash).not.toBe(hash);
  expect((await playLines(lines.with(1, 'do alpha create y 1000 7'))).hash).not.toBe(hash);
});

test('the hash covers the calls of every port', async () => {
  const heard = new Set<string>();
  const record = History.prototype.record;
  History.prototype.record = function recordToo(this: History, ...parts: unknown[]) {
    if (typeof parts[1] === 'string') heard.add(parts[1].replace(/\..*/, ''));
    record.apply(this, parts);
  };
  try {
    for (const seed of [1, 2, 3, 4, 5, 6]) await playSeed(seed);
  } finally {
    History.prototype.record = record;
  }
  const ports = ['files', 'tree', 'file', 'storage', 'log', 'capture', 'session', 'network', 'link', 'programs'];
  for (const port of [...ports, 'clock', 'random', 'hears', 'answered', 'failed']) expect(heard).toContain(port);
});

test('a history that fails is cut to what it needs', async () => {
  const lines = [
    'servers alpha beta',
    'do alpha create x 10 1',
    'connect one alpha beta',
    'do alpha create y 10 1',
    'wait 500',
    'expect one snapshot reverted',
    'settle',
  ];
  expect((await playLines(lines)).broken).toMatchObject({
    invariant: 'convergence',
    line: 'expect one snapshot reverted',
  });
  const shortest = await shrink({ seed: 1, lines }, 'convergence', processDefects);
  expect(shortest.lines).toEqual(['connect one alpha beta', 'expect one snapshot reverted']);
});

test('a line that means nothing is told with its number and what may be said', async () => {
  await expect(playLines(['servers alpha beta', 'explode alpha'])).rejects.toMatchObject({
    code: 'SCENARIO-INVALID',
    subject: 'line 2: explode alpha',
    hint: expect.stringContaining('connect'),
  });
});

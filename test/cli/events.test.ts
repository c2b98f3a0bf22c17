// `understudy events`: what happened and happens, filtered, for people and programs.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { type EventsRequest, showEvents } from '../../src/cli/verbs/server/events.ts';
import type { ServerEvent } from '../../src/model/event.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { connected, type FakeServer, fakeServer, served } from '../support/fake-server.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');
let fake: FakeServer;
let commandLine: RecordedCommandLine;
let jobId: string;

beforeEach(async () => {
  fake = fakeServer('alpha');
  commandLine = new RecordedCommandLine({});
  jobId = await connected(fake, 'sales');
  fake.eventList = [
    event(4000, 'information', 0, 'started'),
    event(5001, 'warning', 1000, 'lost', jobId),
    event(5002, 'error', 2000, 'refused', jobId),
    event(5042, 'error', 3000, 'task failed', 'other'),
  ];
});

function event(
  id: ServerEvent['id'],
  severity: ServerEvent['severity'],
  afterMs: number,
  message: string,
  of?: string,
) {
  return { id, severity, timeMs: startMs + afterMs, message, ...(of === undefined ? {} : { jobId: of }) };
}

const messages = (): readonly string[] => commandLine.output.map((line) => line.split('  ').at(-1) ?? '');

describe('the verb', () => {
  let folder: string;
  let close: () => Promise<void>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'understudy-events-'));
    mkdirSync(join(folder, 'home'));
    close = await served(fake, join(folder, 'home'));
  });

  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  const understudy = (...words: readonly string[]): Promise<number> =>
    runProgram(['events', '--home', join(folder, 'home'), ...words], commandLine);

  it.each([
    [[], ['started', 'lost', 'refused', 'task failed']],
    [
      ['--severity', 'warning'],
      ['lost', 'refused', 'task failed'],
    ],
    [['--severity', 'error', '--job', 'SALES'], ['refused']],
    [
      ['--job', '1'],
      ['lost', 'refused'],
    ],
    [
      ['--id', '5001', 'task.failed'],
      ['lost', 'task failed'],
    ],
    [['--last', '1'], ['task failed']],
    [['--since', '1s'], []],
  ])('with %j shows %j', async (words, shown) => {
    expect(await understudy(...words)).toBe(0);
    expect(messages()).toEqual(shown);
  });

  it('prints time, severity, number and text, or one JSON object per line', async () => {
    await understudy('--job', jobId, '--last', '1');
    expect(commandLine.output[0]).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:02 \S+ {2}error {2}5002 {2}refused$/);
    commandLine.output.length = 0;
    await understudy('--json', '--id', 'link.lost');
    expect(commandLine.output).toEqual([
      `{"id":5001,"name":"link.lost","severity":"warning","time":"2026-01-01T00:00:01.000Z","message":"lost","jobId":"${jobId}"}`,
    ]);
  });

  it.each([
    [['--severity', 'fatal'], /Allowed choices are information, warning, error/],
    [['--id', 'link.found'], /--id link\.found: there is no such event/],
    [['--job', '7'], /--job 7: there is no such connection; there are: 1 \(sales\)/],
    [['--since', 'yesterday'], /yesterday is no duration/],
  ])('says what is wrong with %j', async (words, message) => {
    expect(await understudy(...words)).toBe(2);
    expect(commandLine.notes.join('\n')).toMatch(message);
    expect(commandLine.output).toEqual([]);
  });

  it('fails where no server runs', async () => {
    expect(await runProgram(['events', '--home', join(folder, 'none'), '--follow'], commandLine)).toBe(1);
    expect(commandLine.notes[0]).toContain('there is no server in this home folder yet');
  });
});

it('--follow shows each event once, also those of one moment, and waits for a server that is away', async () => {
  const clock = new ManualClock();
  const request: EventsRequest = { home: '', json: false, follow: true, severity: 'warning', ids: [], last: 0 };
  const ended = showEvents(request, fake, clock, commandLine);
  await clock.advance(600);
  expect(messages()).toEqual([]);
  fake.eventList = [
    ...fake.eventList,
    event(5042, 'error', 3000, 'another of that moment'),
    event(4000, 'information', 3000, 'not wanted'),
    event(5001, 'warning', 4000, 'later'),
  ];
  await clock.advance(2000);
  expect(messages()).toEqual(['another of that moment', 'later']);
  fake.goDown();
  await clock.advance(3000);
  expect(commandLine.notes).toEqual(['warning: events come later, the server does not answer: nothing listens there']);
  fake.eventList = [...fake.eventList, event(5012, 'warning', 5000, 'meanwhile')];
  fake.down = undefined;
  await clock.advance(1000);
  expect(messages().at(-1)).toBe('meanwhile');
  expect(commandLine.notes.at(-1)).toBe('note: the server answers again');
  commandLine.interrupt();
  expect(await ended).toBe(0);
});

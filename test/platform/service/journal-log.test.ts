// Lines for the systemd journal.
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Failure } from '../../../src/base/failure.ts';
import type { Log } from '../../../src/base/log.ts';
import { journalLog, leadsToJournal } from '../../../src/platform/service/journal-log.ts';

function lineOf(...entry: Parameters<Log['write']>): string | undefined {
  const lines: string[] = [];
  journalLog((line) => void lines.push(line)).write(...entry);
  expect(lines.length).toBeLessThanOrEqual(1);
  return lines[0];
}

it('have the priority of their level, the message and the fields', () => {
  expect(lineOf('info', 'the server is ready')).toBe('<6>the server is ready');
  expect(lineOf('warning', 'a queue is full', { job: 'sales', bytes: 5n, at: 'a b', list: [1] })).toBe(
    '<4>a queue is full job=sales bytes=5 at="a b" list=[1]',
  );
  const failure = new Failure({ code: 'ENOSPC', operation: 'write', subject: '/srv', reason: 'full' });
  expect(lineOf('error', 'gone', { failure })).toBe('<3>gone failure="cannot write: /srv: full"');
  expect(lineOf('debug', 'not this')).toBeUndefined();
});

it('stay one line that nobody else can begin, of a bounded length', () => {
  const line = lineOf('warning', 'refused\n<0>forged\u2028\u009bm', { peer: 'x\r\n<1>y' });
  expect(line).toBe('<4>refused\\u000a<0>forged\\u2028\\u009bm peer="x\\r\\n<1>y"');
  expect(lineOf('info', 'x'.repeat(100_000))?.length).toBeLessThan(2100);
});

it('are for a stream that leads to the journal, and not for one that was put in its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const descriptor = openSync(join(folder, 'stream'), 'w');
  onTestFinished(() => closeSync(descriptor));
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  expect(leadsToJournal(descriptor, { JOURNAL_STREAM: `${dev}:${ino}` })).toBe(true);
  expect(leadsToJournal(descriptor, { JOURNAL_STREAM: `${dev}:${ino + 1n}` })).toBe(false);
  expect(leadsToJournal(descriptor, {})).toBe(false);
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { openJsonLog } from '../../src/platform/storage/json-log.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-log-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('writes one JSON object a line, at once, and leaves out what is below its level', () => {
  const file = join(folder, 'logs', 'server.log');
  const log = openJsonLog(file, 'info');
  log.write('debug', 'not this');
  log.write('warning', 'a line\nbreak', { job: 'sales', bytes: 2n ** 60n });
  const failure = new Failure({ code: 'ENOSPC', operation: 'write', subject: '/srv', reason: 'full' });
  log.write('error', 'gone', { failure, defect: new Error('ours') });
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const [first, second, ...others] = lines.map((line) => JSON.parse(line));
  expect(others).toEqual([]);
  expect(first).toEqual({
    level: 'warning',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    job: 'sales',
    bytes: '1152921504606846976',
    message: 'a line\nbreak',
  });
  expect(second).toMatchObject({ level: 'error', failure: { code: 'ENOSPC', reason: 'full' } });
  expect(second.failure.stack).toBeUndefined();
  expect(second.defect).toMatchObject({ message: 'ours', stack: expect.stringContaining('json-log.test') });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('goes on in a new file when one is full', () => {
  const log = openJsonLog(join(folder, 'logs', 'server.log'));
  for (let line = 0; line < 700; line += 1) log.write('info', 'x'.repeat(10_000));
  const files = readdirSync(join(folder, 'logs')).sort();
  expect(files).toEqual(['server-00000001.log', 'server.log']);
  for (const file of files) expect(statSync(join(folder, 'logs', file)).size).toBeLessThanOrEqual(5_242_880);
});

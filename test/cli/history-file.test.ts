// The history of a home's prompt on disk.
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HistoryFile, historyTextsMax } from '../../src/cli/prompt/history-file.ts';

let folder: string;
let home: string;
let warnings: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-history-'));
  home = join(folder, 'deep', 'home');
  warnings = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const history = (): HistoryFile => new HistoryFile(home, (line) => warnings.push(line));
const file = (): string => join(home, 'history');

it('is there again in the next session, newest first, for its owner alone', async () => {
  const first = history();
  expect(await first.read()).toEqual([]);
  await first.add(['ping beta']);
  await first.add(['if true then', '  write 1', '', 'end']);
  expect(await history().read()).toEqual(['if true then\n  write 1\nend', 'ping beta']);
  expect([statSync(file()).mode & 0o777, statSync(home).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(warnings).toEqual([]);
});

it('reads the lines that were kept before texts of several lines were one entry', async () => {
  await history().add(['ping beta']);
  appendFileSync(file(), 'if true then\n  write 1\nend\n');
  await history().add(['for $i = 1 to 2 do', '  write $i', 'end']);
  expect(await history().read()).toEqual([
    ...['for $i = 1 to 2 do\n  write $i\nend', 'end', '  write 1', 'if true then', 'ping beta'],
  ]);
});

it('holds no text with a secret in it, not even a line of it', async () => {
  await history().add(['login alpha operator \\', '  "hunter2"']);
  await history().add(['hunter2'], 'login alpha operator "${\n');
  await history().add(['ping beta']);
  expect(readFileSync(file(), 'utf8')).toBe('ping beta\n');
});

it('keeps what two sessions add, and closes a file that was open to others', async () => {
  const [one, other] = [history(), history()];
  await one.add(['ping beta']);
  await other.add(['ping gamma']);
  chmodSync(file(), 0o644);
  expect(await history().read()).toEqual(['ping gamma', 'ping beta']);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

it('gives the newest lines of a long one, and does not grow for ever', async () => {
  await history().add(['first']);
  const lines = Array.from({ length: 2 * historyTextsMax }, (_, index) => `write ${index}`);
  appendFileSync(file(), `${lines.join('\n')}\n`);
  const read = await history().read();
  expect(read).toHaveLength(historyTextsMax);
  expect(read[0]).toBe(`write ${2 * historyTextsMax - 1}`);
  expect(readFileSync(file(), 'utf8').split('\n')).toHaveLength(historyTextsMax + 1);
});

it('says once that it cannot be kept', async () => {
  writeFileSync(join(folder, 'deep'), '');
  const one = history();
  await one.add(['ping beta']);
  await one.add(['ping gamma']);
  expect(warnings).toEqual([expect.stringMatching(/^warning: the history is not kept: /)]);
});

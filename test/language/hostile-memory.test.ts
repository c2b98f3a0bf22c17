// What hostile and very long text costs: each is checked in a process of its own, which says afterwards how much memory it had at
// its peak.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = join(import.meta.dirname, '../../bin/understudy.js');
const peakBytesMax = 500 * 1024 * 1024;
/** Garbage that waits for its collector on a busy machine is not what a text costs, so the heap gets no more than it must have. */
const heap = '--max-old-space-size=320';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-hostile-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Checked {
  readonly status: number | null;
  readonly output: string;
  readonly peakBytes: number;
}

function checkAlone(text: string): Checked {
  const file = join(folder, 'script.dtcl');
  const told = join(folder, 'peak.mjs');
  writeFileSync(file, text);
  writeFileSync(told, 'process.on("exit", () => console.error(`peak ${process.resourceUsage().maxRSS}`));\n');
  const { stdout, stderr, status } = spawnSync(process.execPath, [heap, '--import', told, program, 'check', file], {
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const peakKibibytes = Number(/^peak (\d+)$/m.exec(stderr)?.[1]);
  return { status, output: stdout + stderr, peakBytes: peakKibibytes * 1024 };
}

test.each([
  ['a list that never closes', `$list = [\n${'  "server",\n'.repeat(800_000)}`, 'U0112'],
  ['brackets in brackets', 'f('.repeat(8_000_000), 'U0112'],
  ['commands without end', 'ping beta\n'.repeat(1_600_000), 'U0112'],
  ['a string that interpolates without end', `$x = 1\nwrite "${'$x'.repeat(4_000_000)}"\n`, 'U0112'],
  ['expressions in strings without end', `$x = 1\nwrite "${'${1+1+1+1}'.repeat(200_000)}"\n`, 'U0112'],
])('%s', (_, text, code) => {
  const { status, output, peakBytes } = checkAlone(text);
  expect(status).toBe(3);
  expect(output).toContain(`error[${code}]`);
  expect(output).toMatch(/script\.dtcl:\d+:\d+/);
  expect(output).not.toMatch(/^\s+at /m);
  expect(peakBytes).toBeLessThan(peakBytesMax);
});

test.each([
  ['short commands', 'ping beta\n'.repeat(333_000)],
  ['long commands', 'connect sales to beta map exact\n'.repeat(142_000)],
  ['assignments', '$x = 1 + 1\n'.repeat(166_000)],
])('a script of %s that is as long as it may be', (_, text) => {
  const { status, output, peakBytes } = checkAlone(text);
  expect(status, output).toBe(0);
  expect(peakBytes).toBeLessThan(peakBytesMax);
});

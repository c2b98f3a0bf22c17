import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RotatingFile, usualRotation } from '../../src/platform/storage/rotating-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-rotation-'));
  path = join(folder, 'logs', 'server.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: RotatingFile, from: number, to: number): void {
  for (let index = from; index < to; index += 1) file.write(`line ${String(index).padStart(5, '0')}\n`);
}

const files = (): string[] => readdirSync(join(folder, 'logs')).sort();
const text = (name: string): string => readFileSync(join(folder, 'logs', name), 'utf8');

it('begins anew when the file is full, cuts no line, and keeps the newest files', () => {
  const file = new RotatingFile(path, { fileBytesMax: 115, filesMax: 3 });
  write(file, 0, 45);
  expect(files()).toEqual(['server-00000003.log', 'server-00000004.log', 'server.log']);
  const kept = files().map(text).join('').trim().split('\n');
  expect(kept).toEqual(Array.from({ length: 25 }, (_, index) => `line ${String(20 + index).padStart(5, '0')}`));
  for (const name of files()) {
    expect(statSync(join(folder, 'logs', name)).size).toBeLessThanOrEqual(115);
    expect(statSync(join(folder, 'logs', name)).mode & 0o777).toBe(0o600);
  }
});

it("has the guide's figures", () => {
  expect(usualRotation).toEqual({ fileBytesMax: 5_242_880, filesMax: 20 });
});

it('goes on after a crash at any moment, with what was there, and ends a line that was torn', () => {
  write(new RotatingFile(path, { fileBytesMax: 115, filesMax: 9 }), 0, 15);
  // As between the rename and the new file, and in the middle of a line.
  rmSync(path);
  appendFileSync(join(folder, 'logs', 'server-00000001.log'), '');
  writeFileSync(path, 'line 000');
  writeFileSync(join(folder, 'logs', 'server-of-mine.log'), 'mine');
  const again = new RotatingFile(path, { fileBytesMax: 115, filesMax: 9 });
  write(again, 20, 30);
  expect(text('server-00000002.log')).toMatch(/^line 000\nline 00020\n/);
  expect(text('server-00000001.log')).toMatch(/^line 00000\n[\s\S]*line 00009\n$/);
  expect(text('server-of-mine.log')).toBe('mine');
});

it('writes a line that is longer than a file may be, whole, and files that were too many go', () => {
  const file = new RotatingFile(path, { fileBytesMax: 50, filesMax: 20 });
  write(file, 0, 40);
  file.write(`${'x'.repeat(200)}\n`);
  expect(text('server.log')).toBe(`${'x'.repeat(200)}\n`);
  file.limit({ fileBytesMax: 50, filesMax: 1 });
  expect(files()).toEqual(['server.log']);
});

it('goes on when somebody has taken the file away, and fails in silence where there can be none', () => {
  const file = new RotatingFile(path, { fileBytesMax: 30, filesMax: 3 });
  write(file, 0, 2);
  rmSync(path);
  write(file, 2, 4);
  expect(files().map(text).join('')).toContain('line 00003');
  expect(() => new RotatingFile(join(path, 'server.log')).write('line\n')).not.toThrow();
});

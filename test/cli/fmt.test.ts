// `understudy fmt` on real files: replaced in one step, refused unchanged.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

let folder: string;
let commandLine: RecordedCommandLine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-fmt-'));
  commandLine = new RecordedCommandLine({ HOME: folder });
});

afterEach(() => rmSync(folder, { recursive: true }));

function script(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

it('writes a script in its form, keeps its mode and leaves nothing else behind', async () => {
  const file = script('a.dtcl', 'WRITE   1');
  chmodSync(file, 0o640);
  expect(await runProgram(['fmt', file], commandLine)).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('write 1\n');
  expect(statSync(file).mode & 0o7777).toBe(0o640);
  expect(readdirSync(folder)).toEqual(['a.dtcl']);
  expect(commandLine.output).toEqual([file]);
});

it('does not touch a file that is in its form', async () => {
  const file = script('a.dtcl', 'write 1\n');
  const before = statSync(file);
  expect(await runProgram(['fmt', file], commandLine)).toBe(0);
  expect(statSync(file).ino).toBe(before.ino);
  expect(commandLine.output).toEqual([]);
});

it('follows a link, and leaves it a link', async () => {
  const file = script('a.dtcl', 'WRITE 1');
  symlinkSync('a.dtcl', join(folder, 'link.dtcl'));
  expect(await runProgram(['fmt', join(folder, 'link.dtcl')], commandLine)).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('write 1\n');
  expect(readdirSync(folder, { withFileTypes: true }).map((one) => one.isSymbolicLink())).toEqual([false, true]);
});

it('with --check names what would change, and changes nothing', async () => {
  const files = [script('good.dtcl', 'write 1\n'), script('bad.dtcl', 'WRITE 1\n')];
  expect(await runProgram(['fmt', '--check', ...files], commandLine)).toBe(1);
  expect(commandLine.output).toEqual([files[1]]);
  expect(readFileSync(files[1] ?? '', 'utf8')).toBe('WRITE 1\n');
});

it('refuses a script with errors unchanged, says them, and goes on with the others', async () => {
  const [wrong, other] = [script('wrong.dtcl', 'IF TRUE'), script('other.dtcl', 'WRITE 1')];
  expect(await runProgram(['fmt', wrong, join(folder, 'none.dtcl'), other], commandLine)).toBe(3);
  expect(readFileSync(wrong, 'utf8')).toBe('IF TRUE');
  expect(readFileSync(other, 'utf8')).toBe('write 1\n');
  expect(commandLine.notes.join('\n')).toMatch(/error\[U0204\][\s\S]*wrong\.dtcl:1:1[\s\S]*none\.dtcl/);
});

it('formats the standard input', () => {
  const program = join(import.meta.dirname, '../../bin/understudy.js');
  const ended = spawnSync(process.execPath, [program, 'fmt', '-'], { input: 'WRITE   1', encoding: 'utf8' });
  expect([ended.stdout, ended.stderr, ended.status]).toEqual(['write 1\n', '', 0]);
});

// What other programs call a process, in a process of its own: the name of the tests' own is theirs.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const module = join(import.meta.dirname, '../../../src/platform/service/process-name.ts');

function named(words: readonly string[]): { comm: string; cmdline: string } {
  const text = `
    import { readFileSync } from 'node:fs';
    import { nameProcess } from ${JSON.stringify(module)};
    nameProcess(${JSON.stringify(words)});
    const of = (file) => readFileSync('/proc/self/' + file, 'latin1').replace(/[\\0\\n ]+$/, '');
    console.log(JSON.stringify({ comm: of('comm'), cmdline: of('cmdline') }));`;
  const given = ['--input-type=module', '-'];
  const { stdout, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8', input: text });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

it('is all of the words, and the first for programs that show only a short name', () => {
  expect(named(['understudy', 'serve', 'alpha'])).toEqual({ comm: 'understudy', cmdline: 'understudy serve alpha' });
});

it('leaves out a word for which there is no room, rather than a part of it', () => {
  expect(named(['understudy', 'serve', 'a'.repeat(500)])).toMatchObject({ cmdline: 'understudy serve' });
});

// docs/editors.md, followed by a person who has Neovim: the settings and the commands of the page as they stand.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverProgram } from '../support/language-server-process.ts';
import { requireProgram } from '../support/packages.ts';

const project = join(import.meta.dirname, '../..');
const [, section = ''] =
  /\n## Neovim\n([\s\S]*?)\n## /.exec(readFileSync(join(project, 'docs/editors.md'), 'utf8')) ?? [];
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? '';

interface Answers {
  readonly filetype: string;
  readonly diagnostics: readonly string[];
  readonly hover: string;
  readonly references: number;
  readonly lenses: readonly unknown[];
  readonly renamed: Readonly<Record<string, readonly string[]>>;
  readonly parser: boolean;
}

describe.runIf(requireProgram('nvim', 'gcc'))('Neovim', () => {
  const home = mkdtempSync(join(tmpdir(), 'understudy-neovim-'));
  const scripts = join(home, 'scripts');
  let answers: Answers;

  beforeAll(() => {
    for (const folder of ['.config/nvim', 'bin', 'scripts']) mkdirSync(join(home, folder), { recursive: true });
    symlinkSync(serverProgram, join(home, 'bin/understudy'));
    writeFileSync(join(home, '.config/nvim/init.lua'), block('lua'));
    writeFileSync(join(scripts, 'common.dtcl'), '# tries\nfunction retry($times)\n  return $times\nend\n');
    writeFileSync(join(scripts, 'day.dtcl'), 'include "common.dtcl"\nwrite retry(2), $lost\n');
    run('sh', ['-e', '-c', block('text')], project);
    run(
      'nvim',
      ['--headless', '-i', 'NONE', '-c', `luafile ${import.meta.dirname}/ask-server.lua`, '-c', 'qa!'],
      scripts,
    );
    answers = JSON.parse(readFileSync(join(home, 'answers.json'), 'utf8'));
  }, 120_000);

  afterAll(() => rmSync(home, { recursive: true }));

  function run(program: string, words: readonly string[], cwd: string): void {
    const path = `${join(home, 'bin')}:${process.env.PATH ?? ''}`;
    const { XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, ...inherited } = process.env;
    const env = { ...inherited, HOME: home, PATH: path, ANSWERS: home };
    const { status, stderr } = spawnSync(program, words, { cwd, env, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  }

  test('knows a script by its name, and colours it by the parser', () => {
    expect(answers).toMatchObject({ filetype: 'dtcl', parser: true });
  });

  test('shows mistakes and explains', () => {
    expect(answers.diagnostics).toEqual([expect.stringMatching(/^2:17 there is no variable \$lost/)]);
    expect(answers.hover).toMatch(/retry\(\$times\)\n```\ntries/);
  });

  test('finds and renames over files', () => {
    expect(answers.references).toBe(2);
    expect(answers.renamed['day.dtcl']?.[1]).toBe('write again(2), $lost');
    expect(answers.renamed['common.dtcl']?.[1]).toBe('function again($times)');
  });

  test('has the buttons', () => {
    const uri = pathToFileURL(join(scripts, 'day.dtcl')).href;
    expect(answers.lenses).toEqual([
      { title: 'Run', command: 'understudy.run', arguments: [uri] },
      { title: 'Plan', command: 'understudy.plan', arguments: [uri] },
    ]);
  });
});

// The manual pages: as the programs that show them want them, and with all that the help has.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromMarkdown, plain } from '../../scripts/generators/command-line/troff.ts';
import { programVerb } from '../../scripts/generators/command-line/verbs.ts';
import { requireProgram } from '../support/packages.ts';

const folder = join(import.meta.dirname, '../../packaging/generated/man');
const pages = globSync('*', { cwd: folder }).toSorted();
const { verbs } = await programVerb();

/** A page as mandoc shows it, without the marks of a printer, its words one blank apart. */
function shown(page: string): string {
  const { stdout, status } = spawnSync('mandoc', ['-T', 'ascii', join(folder, page)], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout
    .replaceAll(/.[\b]/g, '')
    .replaceAll(/-\n\s+/g, '-')
    .replaceAll(/\s+/g, ' ');
}

it('are one for the program, one for each verb, and one for the settings of a server', () => {
  const wanted = ['server.json.5', 'understudy.1', ...verbs.map(({ name }) => `understudy-${name}.1`)];
  expect(pages).toEqual(wanted.toSorted());
});

describe.runIf(requireProgram('mandoc'))('the manual pages', () => {
  it('are faultless', () => {
    const { stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', '-W', 'style', ...pages], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(`${stdout}${stderr}`).toBe('');
  });

  it.each(verbs)('of $name has every option', ({ name, options, verbs: below }) => {
    const text = shown(`understudy-${name}.1`);
    expect(text).toContain(`understudy-${name} - `);
    for (const option of [...options, ...below.flatMap((verb) => verb.options)]) {
      expect(text).toContain(option.names.join(', '));
      expect(text.toLowerCase()).toContain(option.description.replaceAll(/\s+/g, ' ').toLowerCase());
    }
  });

  it('say the exit codes, and every setting', () => {
    expect(shown('understudy.1')).toMatch(/EXIT STATUS 0 success .* 70 a defect/);
    const documented = readFileSync(join(folder, '../../../docs/configuration.md'), 'utf8');
    const settings = Array.from(documented.matchAll(/^\| `([a-zA-Z.]+)` \|/gm), ([, key = '']) => key);
    expect(settings).toContain('tasks.javascript.secondsMax');
    for (const key of settings) expect(shown('server.json.5')).toContain(` ${key} `);
  });
});

describe('troff of a text', () => {
  it('has no requests, and keeps dashes and backslashes', () => {
    expect(plain('.so /etc/passwd')).toBe('\\&.so /etc/passwd');
    expect(plain("'a \\n --max-time -V well-known")).toBe("\\&'a \\en \\-\\-max\\-time \\-V well-known");
    expect(
      plain(`${'word '.repeat(20)}.x`)
        .split('\n')
        .at(-1),
    ).not.toMatch(/^\./);
  });

  it('is made of the Markdown of the documents', () => {
    const table = '| key | default | meaning |\n|---|---|---|\n| `a.b` | 1 | what `c` \\| d is |';
    expect(
      fromMarkdown(`## A part\n\nSee [the page](x.md) for **all**.\n\n${table}\n\n1. First\n   step.\n2. Second.`),
    ).toBe(
      [
        '.SH A PART',
        'See the page for \\fBall\\fR.',
        '.TP\n\\fBa.b\\fR\nwhat \\fBc\\fR | d is\n.br\n(default: 1)',
        '.IP 1. 4\nFirst step.\n.IP 2. 4\nSecond.',
      ].join('\n'),
    );
  });
});

it('name themselves as their files', () => {
  for (const page of pages) {
    const [, name = '', number] = /^(.*)\.(\d)$/.exec(basename(page)) ?? [];
    expect(readFileSync(join(folder, page), 'utf8')).toContain(`.TH "${name.toUpperCase()}" "${number}"`);
  }
});

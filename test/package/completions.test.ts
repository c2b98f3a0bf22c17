// The completions, typed at as a person would in each shell, at its own defaults.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programVerb } from '../../scripts/generators/command-line/verbs.ts';
import { findProgram } from '../../scripts/packages.ts';
import { requireProgram } from '../support/packages.ts';
import { TerminalWindow } from '../support/terminal-window.ts';

const projectFolder = join(import.meta.dirname, '../..');
const generated = join(projectFolder, 'packaging/generated/completions');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-completion-'));
  mkdirSync(join(folder, 'work/nightwork'), { recursive: true });
  for (const name of ['nightly.dtcl', 'night.txt']) writeFileSync(join(folder, 'work', name), '');
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(projectFolder, 'bin/understudy.js'), join(folder, 'bin/understudy'));
  mkdirSync(join(folder, 'functions'));
  symlinkSync(join(generated, 'understudy.zsh'), join(folder, 'functions/_understudy'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** How each shell is started without anybody's settings, and takes the file in. */
const shells: Readonly<Record<string, { readonly words: readonly string[]; readonly setUp: () => string }>> = {
  bash: {
    words: ['--norc', '--noprofile', '-i'],
    setUp: () => `PS1='ready> '; source ${generated}/understudy.bash`,
  },
  zsh: {
    words: ['-f', '-i'],
    setUp: () =>
      `PS1='ready> '; fpath=(${folder}/functions $fpath); autoload -Uz compinit; compinit -u -d ${folder}/dump; setopt no_beep`,
  },
  fish: {
    words: ['--no-config', '-i'],
    setUp: () => `function fish_prompt; echo -n 'ready> '; end; source ${generated}/understudy.fish`,
  },
};

describe.each(Object.entries(shells))('in %s', (shell, { words, setUp }) => {
  const isThere = requireProgram('tmux', shell);

  /** A shell in the folder of the scripts, in which nothing is typed yet. */
  async function open(): Promise<TerminalWindow> {
    const environment = [
      '-i',
      `HOME=${folder}`,
      `PATH=${folder}/bin:/usr/bin:/bin`,
      'TERM=xterm-256color',
      'LC_ALL=C.UTF-8',
    ];
    const program = [findProgram(shell) ?? shell, ...words];
    const window = TerminalWindow.open('env', '-C', join(folder, 'work'), ...environment, ...program);
    await window.shows(/\S/);
    window.enter(setUp());
    await window.shows(/^ready> *$/m);
    window.enter('clear');
    await window.shows(/^ready> *$/m);
    return window;
  }

  it.runIf(isThere)('verbs, options and their values, scripts and folders', async () => {
    const window = await open();
    const types = async (typed: string, completed: RegExp): Promise<void> => {
      window.type(typed);
      window.press('Tab');
      await window.shows(completed);
      window.press('C-c');
      // A shell that is still at the completion would take what is typed for a part of it.
      await window.shows(/^ready> *$/m);
      window.enter('clear');
      await window.shows(/^ready> *$/m);
    };
    await types('understudy simul', /> understudy simulate\b/);
    await types('understudy runs sh', /> understudy runs show\b/);
    await types('understudy serve --lis', /> understudy serve --listen\b/);
    await types('understudy check --format sar', /> understudy check --format sarif\b/);
    await types('understudy run nightl', /> understudy run nightly\.dtcl\b/);
    await types('understudy serve --home nightw', /> understudy serve --home nightwork\//);
    window.type('understudy re');
    window.press('Tab');
    window.press('Tab');
    await window.shows(/\brehearse\b[\s\S]*\brepl\b|\brepl\b[\s\S]*\brehearse\b/);
    expect(window.screen()).not.toMatch(/command not found|Unknown command|_understudy:/);
  });
});

it('have every verb and every option', async () => {
  const { verbs } = await programVerb();
  for (const shell of Object.keys(shells)) {
    const text = readFileSync(join(generated, `understudy.${shell}`), 'utf8');
    for (const verb of verbs) {
      for (const { names } of [verb, ...verb.verbs].flatMap(({ options }) => options)) {
        expect(text).toContain(verb.name);
        for (const name of names) expect(text).toContain(shell === 'fish' ? name.replace(/^-+/, ' ').trim() : name);
      }
    }
  }
});

// The parser for editors, compiled as editors compile it and run by Neovim: it takes what the language takes.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grammarHash, parserFolder } from '../../scripts/tree-sitter-parser.ts';
import { commands } from '../../src/language/catalogue/catalogue.ts';
import { readScript } from '../../src/language/reading/script-reading.ts';
import { accepts } from '../language/recogniser/accepts.ts';
import { carelessText, deriveScript, pick, plainText, randomFrom } from '../language/recogniser/sentences.ts';
import { requireProgram } from '../support/packages.ts';

const project = join(import.meta.dirname, '../..');
const parser = join(project, parserFolder);

/** What parse-scripts.lua tells of a script: mistakes with their places, and the bytes where commands begin. */
interface Tree {
  readonly mistakes: readonly string[];
  readonly commands: readonly number[];
  readonly colours: readonly string[];
}

const programsCount = 1000;
const scripts = new Map<string, string>();

/** The examples of the project, of its pages and of the catalogue. */
function addExamples(): void {
  for (const path of globSync('examples/*.dtcl', { cwd: project }))
    scripts.set(`example-${basename(path)}`, readFileSync(join(project, path), 'utf8'));
  const pages = globSync(['*.md', '{docs,grammar,editors}/**/*.md'], { cwd: project });
  const onPages = pages.flatMap((page) => [
    ...readFileSync(join(project, page), 'utf8').matchAll(/```dtcl\n([\s\S]*?)```/g),
  ]);
  for (const [number, match] of onPages.entries()) scripts.set(`page-${number}.dtcl`, match[1] ?? '');
  const ofCommands = commands.flatMap((one) => one.examples);
  for (const [number, text] of ofCommands.entries()) scripts.set(`command-${number}.dtcl`, text);
}

/** Each is what the rules derive, a command of the catalogue, and more of what the rules derive; no two are the same. */
function addPrograms(): void {
  const random = randomFrom(1);
  const derived = (): string => {
    for (;;) {
      const pieces = deriveScript(random, 2 + random() * 40);
      const text = random() < 0.5 ? plainText(pieces) : carelessText(random, pieces);
      if (text.trim() !== '' && accepts(text)) return text;
    }
  };
  const examples = commands.flatMap((one) => one.examples);
  const programs = new Set<string>();
  while (programs.size < programsCount) programs.add([derived(), pick(random, examples), derived()].join('\n'));
  for (const [number, text] of [...programs].entries()) scripts.set(`program-${number}.dtcl`, text);
}

test('the parser is that of the grammar', () => {
  const written = readFileSync(join(parser, 'src/grammar.sha256'), 'utf8');
  expect(written, 'write the parser anew: node scripts/tree-sitter-parser.ts').toBe(grammarHash());
});

describe.runIf(requireProgram('gcc', 'nvim'))('the parser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-trees-'));
  let trees: Readonly<Record<string, Tree>>;

  beforeAll(() => {
    addExamples();
    addPrograms();
    scripts.set('broken.dtcl', 'write 1\nif true then\nwrite (1 + \n');
    scripts.set('colours.dtcl', 'IF true THEN $c = connect sales # so\nwrite "a $c ${length($c.state)}" END\n');
    for (const [name, text] of scripts) writeFileSync(join(folder, name), text);
    const source = join(parser, 'src');
    run('gcc', [
      '-shared',
      '-fPIC',
      `-I${source}`,
      '-o',
      join(folder, 'dtcl.so'),
      `${source}/parser.c`,
      `${source}/scanner.c`,
    ]);
    run('nvim', [
      '--headless',
      '-u',
      'NONE',
      '-i',
      'NONE',
      '-c',
      `luafile ${import.meta.dirname}/parse-scripts.lua`,
      '-c',
      'qa!',
    ]);
    trees = JSON.parse(readFileSync(join(folder, 'trees.json'), 'utf8'));
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  function run(program: string, words: readonly string[]): void {
    const env = { ...process.env, SCRIPTS: folder, QUERIES: join(parser, 'queries') };
    const { status, stderr } = spawnSync(program, words, { env, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  }

  const mistakes = (isMeant: (name: string) => boolean): readonly string[] =>
    Object.entries(trees).flatMap(([name, tree]) =>
      isMeant(name) ? tree.mistakes.map((one) => `${name}: ${one}\n${scripts.get(name)}`) : [],
    );

  test('makes a tree without a mistake of every example', () => {
    expect([...scripts.keys()].filter((name) => name.startsWith('example-')).length).toBeGreaterThan(3);
    expect(mistakes((name) => /^(?:example|page|command)-/.test(name))).toEqual([]);
  });

  test(`makes a tree without a mistake of ${programsCount} programs that the rules derive`, () => {
    expect(Object.keys(trees).filter((name) => name.startsWith('program-'))).toHaveLength(programsCount);
    expect(mistakes((name) => name.startsWith('program-'))).toEqual([]);
  });

  test('finds the commands where the language finds them', () => {
    const different = [...scripts].filter(([name, text]) => {
      const found = readScript(name, text).commands.map(({ start }) => Buffer.byteLength(text.slice(0, start)));
      return name !== 'broken.dtcl' && JSON.stringify(found) !== JSON.stringify(trees[name]?.commands);
    });
    expect(different).toEqual([]);
    expect(Object.values(trees).flatMap((one) => one.commands).length).toBeGreaterThan(programsCount);
  });

  test('notices a mistake', () => {
    expect(trees['broken.dtcl']?.mistakes).not.toEqual([]);
  });

  test('gives its words their colours', () => {
    expect(trees['colours.dtcl']?.colours).toEqual([
      ...['keyword IF', 'constant.builtin true', 'keyword THEN', 'variable $c', 'operator =', 'function connect'],
      ...['string.special sales', 'comment # so', 'keyword write', 'string "a $c ${length($c.state)}"', 'variable $c'],
      ...['punctuation.special ${', 'function length', 'punctuation.bracket (', 'variable $c', 'property .state'],
      ...['punctuation.bracket )', 'punctuation.bracket }', 'keyword END'],
    ]);
  });
});

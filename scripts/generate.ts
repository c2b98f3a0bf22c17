// Writes what is made from other files: grammar/generated/ from the parser and the catalogue (diagrams, the TextMate grammar for
// editors, the reference of the commands), the grammar of tree-sitter from the specification, packaging/generated/ (manual pages and
// completions) from the definitions of the help, and the table of rooms in ARCHITECTURE.md from the layer table. With --check it writes nothing and fails when a file is not as it would be written, or should not be there.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScriptParser } from '../src/language/parser/script-parser.ts';
import { bashCompletion, fishCompletion, zshCompletion } from './generators/command-line/completions.ts';
import { manualPages } from './generators/command-line/manual.ts';
import { programVerb } from './generators/command-line/verbs.ts';
import { commandReference } from './generators/command-reference.ts';
import { diagramPage } from './generators/diagrams.ts';
import { readRules } from './generators/ebnf.ts';
import { withRoomTable } from './generators/room-table.ts';
import { textMateGrammar } from './generators/text-mate.ts';
import { scannerUnits, treeSitterGrammar, treeSitterHighlights } from './generators/tree-sitter.ts';
import { readChangelog } from './package/changelog.ts';
import { parserFolder } from './tree-sitter-parser.ts';

const projectFolder = join(import.meta.dirname, '..');
const generatedFolder = 'grammar/generated';
const packagedFolder = 'packaging/generated';
const architecture = 'ARCHITECTURE.md';
const treeSitterFiles = {
  grammar: `${parserFolder}/src/grammar.json`,
  units: `${parserFolder}/src/units.h`,
  highlights: `${parserFolder}/queries/highlights.scm`,
} as const;
const read = (file: string): string => readFileSync(join(projectFolder, file), 'utf8');

/** Every file that is made, whole or in part, by its path in the project. */
async function wantedFiles(): Promise<ReadonlyMap<string, string>> {
  const pages = [...commandReference()].map(([name, text]): [string, string] => [`commands/${name}`, text]);
  const rules = readRules(read('grammar/grammar.md'));
  const whole: readonly [string, string][] = [
    ['diagrams.html', diagramPage(new ScriptParser().grammar)],
    ['understudy.tmLanguage.json', `${JSON.stringify(textMateGrammar(), null, 2)}\n`],
    ...pages,
  ];
  return new Map([
    ...whole.map(([name, text]): [string, string] => [join(generatedFolder, name), text]),
    ...(await packagedFiles()).map(([name, text]): [string, string] => [join(packagedFolder, name), text]),
    [treeSitterFiles.grammar, treeSitterGrammar(rules)],
    [treeSitterFiles.units, scannerUnits()],
    [treeSitterFiles.highlights, treeSitterHighlights(rules)],
    [architecture, withRoomTable(read(architecture))],
  ]);
}

async function packagedFiles(): Promise<[string, string][]> {
  const program = await programVerb();
  const [release] = readChangelog(read('CHANGELOG.md'));
  const pages = manualPages({ program, configuration: read('docs/configuration.md'), release });
  return [
    ...[...pages].map(([name, text]): [string, string] => [`man/${name}`, text]),
    ['completions/understudy.bash', bashCompletion(program)],
    ['completions/understudy.fish', fishCompletion(program)],
    ['completions/understudy.zsh', zshCompletion(program)],
  ];
}

function presentFiles(): ReadonlyMap<string, string> {
  const others = [architecture, ...Object.values(treeSitterFiles)].filter((name) =>
    existsSync(join(projectFolder, name)),
  );
  const names = [...globSync(`{${generatedFolder},${packagedFolder}}/**/*.*`, { cwd: projectFolder }), ...others];
  return new Map(names.map((name) => [name, read(name)]));
}

async function check(): Promise<boolean> {
  const [wanted, present] = [await wantedFiles(), presentFiles()];
  const names = [...new Set([...wanted.keys(), ...present.keys()])].toSorted();
  const different = names.filter((name) => wanted.get(name) !== present.get(name));
  for (const name of different) {
    const wrong = wanted.has(name) ? 'is not what the sources say' : 'should not be there';
    console.log(`${name} ${wrong}; write it anew: npm run generate`);
  }
  return different.length === 0;
}

async function write(): Promise<void> {
  const wanted = await wantedFiles();
  for (const folder of [generatedFolder, packagedFolder]) {
    rmSync(join(projectFolder, folder), { recursive: true, force: true });
  }
  for (const [name, text] of wanted) {
    const file = join(projectFolder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

if (process.argv.includes('--check')) process.exitCode = (await check()) ? 0 : 1;
else await write();

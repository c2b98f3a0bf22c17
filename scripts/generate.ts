// Writes grammar/generated/ from the specification and the catalogue: diagrams, the TextMate grammar for editors, the reference of the
// commands. With --check it writes nothing and fails when a file is not as it would be written, or should not be there.
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readRules } from './ebnf.ts';
import { commandReference } from './generators/command-reference.ts';
import { diagramPage } from './generators/diagrams.ts';
import { textMateGrammar } from './generators/text-mate.ts';

const grammarFolder = join(import.meta.dirname, '../grammar');
const generatedFolder = join(grammarFolder, 'generated');

function generated(): ReadonlyMap<string, string> {
  const rules = readRules(readFileSync(join(grammarFolder, 'grammar.md'), 'utf8'));
  const pages = [...commandReference()].map(([name, text]): [string, string] => [`commands/${name}`, text]);
  return new Map([
    ['diagrams.html', diagramPage(rules)],
    ['understudy.tmLanguage.json', `${JSON.stringify(textMateGrammar(), null, 2)}\n`],
    ...pages,
  ]);
}

/** The files below the folder, and what each holds. */
function present(): ReadonlyMap<string, string> {
  const files = globSync('**/*.*', { cwd: generatedFolder });
  return new Map(files.map((file) => [file, readFileSync(join(generatedFolder, file), 'utf8')]));
}

function check(): boolean {
  const [wanted, found] = [generated(), present()];
  const names = [...new Set([...wanted.keys(), ...found.keys()])].toSorted();
  const different = names.filter((name) => wanted.get(name) !== found.get(name));
  for (const name of different) {
    const wrong = wanted.has(name) ? 'is not what the sources say' : 'should not be there';
    console.log(`grammar/generated/${name} ${wrong}; write it anew: npm run generate`);
  }
  return different.length === 0;
}

function write(): void {
  rmSync(generatedFolder, { recursive: true, force: true });
  for (const [name, text] of generated()) {
    const file = join(generatedFolder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

if (process.argv.includes('--check')) process.exitCode = check() ? 0 : 1;
else write();

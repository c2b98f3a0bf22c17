// Writes the parser for editors, editors/tree-sitter-understudy/src/parser.c, from grammar.json beside it, with the
// program of tree-sitter. Editors compile the parser themselves and have no such program, so what it writes is kept.
// The npm package of the program fetches it from elsewhere when it is installed, which a clone must not need; Debian 13
// has it as a package:
//
//   apt-get install tree-sitter-cli && node scripts/tree-sitter-parser.ts [PROGRAM …]
//
// grammar.sha256 says for which grammar the parser was written; a test compares.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const projectFolder = join(import.meta.dirname, '..');
/** In the project. */
export const parserFolder = 'editors/tree-sitter-understudy';
const written = ['parser.c', 'node-types.json', 'tree_sitter'];

/** The name of a grammar's content, as grammar.sha256 has it. */
export function grammarHash(): string {
  const grammar = readFileSync(join(projectFolder, parserFolder, 'src/grammar.json'));
  return `${createHash('sha256').update(grammar).digest('hex')}\n`;
}

/** In a folder of its own, because the program also writes what other languages would need. */
function writeParser(program: string, words: readonly string[]): boolean {
  const target = join(projectFolder, parserFolder, 'src');
  const folder = mkdtempSync(join(tmpdir(), 'understudy-parser-'));
  try {
    mkdirSync(join(folder, 'src'));
    cpSync(join(target, 'grammar.json'), join(folder, 'src/grammar.json'));
    const generate = [...words, 'generate', '--abi', '14', 'src/grammar.json'];
    const ended = spawnSync(program, generate, { cwd: folder, stdio: ['ignore', 2, 2] });
    if (ended.status !== 0) {
      console.error(`${program} did not write a parser${ended.error === undefined ? '' : `: ${ended.error.message}`}`);
      return false;
    }
    for (const name of written) cpSync(join(folder, 'src', name), join(target, name), { recursive: true });
    writeFileSync(join(target, 'grammar.sha256'), grammarHash());
    return true;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [program = 'tree-sitter', ...words] = process.argv.slice(2);
  process.exitCode = writeParser(program, words) ? 0 : 1;
}

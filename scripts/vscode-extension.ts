// Puts the VS Code extension together in a folder: what is in editors/vscode, and the grammar that is generated from the language.
//
//   node scripts/vscode-extension.ts FOLDER
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const projectFolder = join(import.meta.dirname, '..');

/** What is there already is replaced, file by file. */
export function putTogether(folder: string): void {
  cpSync(join(projectFolder, 'editors/vscode'), folder, { recursive: true });
  mkdirSync(join(folder, 'syntaxes'), { recursive: true });
  const grammar = 'understudy.tmLanguage.json';
  cpSync(join(projectFolder, 'grammar/generated', grammar), join(folder, 'syntaxes', grammar));
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('Say where: node scripts/vscode-extension.ts FOLDER');
    process.exitCode = 2;
  } else putTogether(folder);
}

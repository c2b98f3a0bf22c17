// Finds the hidden inputs that a deterministic room must not have: the system's clock, timers and randomness. Time comes
// from `Clock`, randomness from `Random`; so a test or the simulator can turn them, and one seed is one history.
// Comments and string literals are left out, so a sentence may name what the code may not call.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rooms } from './layers.ts';

const hiddenInputs: readonly RegExp[] = [
  /\bDate\s*\.\s*now\b/g,
  /\bnew\s+Date\s*(?:\(\s*\)|(?![\w\s(<]))/g,
  /\bMath\s*\.\s*random\b/g,
  /\bperformance\s*\.\s*now\b/g,
  /\b(?:setTimeout|setInterval|setImmediate)\b/g,
  /\bprocess\s*\.\s*(?:hrtime|uptime)\b/g,
  /\b(?:randomBytes|randomFill|randomFillSync|randomInt|randomUUID|getRandomValues)\b/g,
  /\bTemporal\s*\.\s*Now\b/g,
];

/** Uses that let in no time and no chance, each with the reason why not. */
export const excusedUses: readonly { readonly file: string; readonly text: string; readonly reason: string }[] = [
  {
    file: 'src/simulator/time/manual-clock.ts',
    text: 'setImmediate',
    reason: 'it waits until every promise callback that is ready has run, which does not depend on time',
  },
];

// Each literal and comment of TypeScript in one alternation, so that whichever starts first wins. A template literal is
// kept, since code stands in its braces.
const literalOrComment = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;

/** Every hidden input in the deterministic rooms of src/ below `projectFolder`, as `FILE:LINE: text`. */
export function checkPurity(projectFolder: string): string[] {
  return Object.entries(rooms)
    .filter(([, room]) => room.deterministic)
    .flatMap(([name]) => globSync(`src/${name}/**/*.ts`, { cwd: projectFolder }))
    .flatMap((file) => hiddenInputsIn(file, readFileSync(join(projectFolder, file), 'utf8')));
}

function hiddenInputsIn(file: string, source: string): string[] {
  const code = source.replace(literalOrComment, (text) => text.replace(/[^\n]/g, ' '));
  const lineOf = (index: number): number => code.slice(0, index).split('\n').length;
  return hiddenInputs
    .flatMap((pattern) => Array.from(code.matchAll(pattern)))
    .filter(([text]) => !excusedUses.some((excused) => excused.file === file && excused.text === text))
    .map((match) => `${file}:${lineOf(match.index)}: ${match[0]}`);
}

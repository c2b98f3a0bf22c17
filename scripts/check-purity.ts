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

// Each literal and comment of TypeScript in one alternation, so that whichever starts first wins. A template literal is
// kept, since code stands in its braces.
const literalOrComment = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;

/** The hidden inputs in one source text, as `LINE: text`. */
export function hiddenInputsIn(source: string): string[] {
  const code = source.replace(literalOrComment, (text) => text.replace(/[^\n]/g, ' '));
  return hiddenInputs.flatMap((pattern) =>
    Array.from(code.matchAll(pattern), (match) => `${code.slice(0, match.index).split('\n').length}: ${match[0]}`),
  );
}

/** Every hidden input in the deterministic rooms of src/ below `projectFolder`, as `FILE:LINE: text`. */
export function checkPurity(projectFolder: string): string[] {
  const folders = Object.entries(rooms).filter(([, room]) => room.deterministic);
  return folders
    .flatMap(([name]) => globSync(`src/${name}/**/*.ts`, { cwd: projectFolder }))
    .flatMap((path) =>
      hiddenInputsIn(readFileSync(join(projectFolder, path), 'utf8')).map((found) => `${path}:${found}`),
    );
}

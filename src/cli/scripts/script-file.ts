// Reads and checks a script file. A file that is not UTF-8 gives one diagnostic and is not lexed. The language is
// loaded only for a text with statements; a text of blanks and comments is correct without a check.
import { readFile, writeFile } from 'node:fs/promises';
import { normalize } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Failure } from '../../base/failure.ts';
import { rawFromText } from '../../base/raw-path.ts';
import type { ScriptProblem, TaskText } from '../../base/sandbox-protocol.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { RefusalOf } from '../../language/checker/commands/check-literals.ts';
import type { PatternProblemOf, Script } from '../../language/program.ts';
import { decodeSource, SourceText } from '../../language/tree/source-text.ts';

export interface ScriptFile {
  readonly source: SourceText;
  /** Absent when a diagnostic is an error. */
  readonly script?: Script;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * `-` is the standard input. Fails with the errno name as code when the file cannot be read. `refusalOf` judges what the
 * text names of the machine on which it is to run.
 */
export async function readScript(path: string, refusalOf?: RefusalOf): Promise<ScriptFile> {
  const text = decodeSource(await readBytes(path));
  // Normalized, so that an INCLUDE of this file under another spelling of its path is recognized.
  const source = new SourceText(normalize(path), text ?? '');
  if (text === undefined) {
    const { diagnose } = await import('../../language/diagnostics/diagnostics.ts');
    return { source, diagnostics: [diagnose(source, { start: 0, end: 0 }, 'U0101', {})] };
  }
  return checked(source, refusalOf);
}

/** The same for a script that is no file; messages call it by `name`. */
export function checkedScript(name: string, text: string, refusalOf?: RefusalOf): Promise<ScriptFile> {
  return checked(new SourceText(name, text), refusalOf);
}

async function checked(source: SourceText, refusalOf?: RefusalOf): Promise<ScriptFile> {
  if (isBlank(source.text))
    return { source, script: { source, block: [], bound: new Map(), parameters: [] }, diagnostics: [] };
  const [{ checkScript }, { readIncluded }] = await Promise.all([
    import('../../language/program.ts'),
    import('./included-files.ts'),
  ]);
  const refusals = refusalOf === undefined ? {} : { refusalOf };
  const found = checkScript(source, { read: readIncluded, ...refusals });
  const problems = await javaScriptProblems(found.tasks);
  const patternProblemOf = await patternProblems(found.patterns);
  if (problems.every((one) => one === null) && patternProblemOf === undefined) return { source, ...found };
  // The second check asks about the tasks in the same order.
  const left = [...problems];
  const options = { read: readIncluded, ...refusals, problemOf: () => left.shift() ?? null };
  return {
    source,
    ...checkScript(source, patternProblemOf === undefined ? options : { ...options, patternProblemOf }),
  };
}

/** Whether every line is empty or a comment. Only the usual blanks count; the language judges all others. */
function isBlank(text: string): boolean {
  return !/^[ \t]*[^ \t\r\n#]/m.test(text);
}

/** What is wrong with each task. The sandbox checks the JavaScript; it is loaded only for scripts that have any. */
async function javaScriptProblems(tasks: readonly TaskText[]): Promise<readonly (ScriptProblem | null)[]> {
  if (tasks.length === 0) return [];
  const { sandboxLimits } = await import('../../base/sandbox-protocol.ts');
  // The check has reported tasks that are too long.
  const readable = tasks.filter((one) => one.body.length <= sandboxLimits.bodyCharacters);
  if (readable.length === 0) return [];
  const { JavaScriptSandbox } = await import('../../platform/javascript/javascript-sandbox.ts');
  const problems = [...(await new JavaScriptSandbox().check(readable))];
  return tasks.map((one) => (readable.includes(one) ? (problems.shift() ?? null) : null));
}

/** The judge of patterns, when one of these is wrong; its library is loaded only for scripts that have any. */
async function patternProblems(patterns: readonly string[]): Promise<PatternProblemOf | undefined> {
  if (patterns.length === 0) return undefined;
  const { patternProblem } = await import('../../language/functions/patterns.ts');
  return patterns.some((one) => patternProblem(one) !== null) ? patternProblem : undefined;
}

/** The text of a small file that the operator named. */
export async function readText(path: string): Promise<string> {
  return (await readBytes(path)).toString('utf8');
}

/** Makes a file for its owner alone; fails with the errno name as code, `EEXIST` when something is there. */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    throw fileFailure(error, 'make the file', path);
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return path === '-' ? await buffer(process.stdin) : await readFile(path);
  } catch (error) {
    throw fileFailure(error, 'read the file', path);
  }
}

/** A file that the operator named could not be used. */
export function fileFailure(error: unknown, operation: string, path: string): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
  return systemFailure(code, operation, rawFromText(path));
}

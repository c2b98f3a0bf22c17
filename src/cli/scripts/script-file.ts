// A script file from disk to a checked script. A file that is not UTF-8 is one diagnostic and is not lexed. The language is
// loaded for a text in which something stands; a text of blanks and comments is known to be right without it.
import { readFile, writeFile } from 'node:fs/promises';
import { normalize } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Failure } from '../../base/failure.ts';
import { rawFromText } from '../../base/raw-path.ts';
import type { ScriptProblem, TaskText } from '../../base/sandbox-protocol.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { Script } from '../../language/program.ts';
import { decodeSource, SourceText } from '../../language/tree/source-text.ts';

export interface ScriptFile {
  readonly source: SourceText;
  /** Absent when there is an error among the diagnostics. */
  readonly script?: Script;
  readonly diagnostics: readonly Diagnostic[];
}

/** `-` is the standard input. Fails with the errno name as code when the file cannot be read. */
export async function readScript(path: string): Promise<ScriptFile> {
  const text = decodeSource(await readBytes(path));
  // So that a file which is included is known again, however it was called.
  const source = new SourceText(normalize(path), text ?? '');
  if (text === undefined) {
    const { diagnose } = await import('../../language/diagnostics/diagnostics.ts');
    return { source, diagnostics: [diagnose(source, { start: 0, end: 0 }, 'U0101', {})] };
  }
  if (isBlank(text))
    return { source, script: { source, block: [], bound: new Map(), parameters: [] }, diagnostics: [] };
  const [{ checkScript }, { readIncluded }] = await Promise.all([
    import('../../language/program.ts'),
    import('./included-files.ts'),
  ]);
  const checked = checkScript(source, { read: readIncluded });
  const problems = await javaScriptProblems(checked.tasks);
  if (problems.every((one) => one === null)) return { source, ...checked };
  // The tasks come in the same order again.
  const left = [...problems];
  return { source, ...checkScript(source, { read: readIncluded, problemOf: () => left.shift() ?? null }) };
}

/** Whether every line is empty or a comment. Other blanks than these are for the language to judge. */
function isBlank(text: string): boolean {
  return !/^[ \t]*[^ \t\r\n#]/m.test(text);
}

/** What is wrong with each script; only who can run JavaScript can read it, and few scripts have any. */
async function javaScriptProblems(tasks: readonly TaskText[]): Promise<readonly (ScriptProblem | null)[]> {
  if (tasks.length === 0) return [];
  const { sandboxLimits } = await import('../../base/sandbox-protocol.ts');
  // One that is too long was reported.
  const readable = tasks.filter((one) => one.body.length <= sandboxLimits.bodyCharacters);
  if (readable.length === 0) return [];
  const { JavaScriptSandbox } = await import('../../platform/javascript/javascript-sandbox.ts');
  const problems = [...(await new JavaScriptSandbox().check(readable))];
  return tasks.map((one) => (readable.includes(one) ? (problems.shift() ?? null) : null));
}

/** The text of a small file that the operator named. */
export async function readText(path: string): Promise<string> {
  return (await readBytes(path)).toString('utf8');
}

/** Makes a file for its owner alone; fails with the errno name as code, `EEXIST` when something is there. */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
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

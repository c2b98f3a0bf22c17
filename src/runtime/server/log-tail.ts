// The last lines of a server's log. When the current file is short, because it was begun a moment ago, the lines before
// are read from the full files.
import { type RawPath, rawFromText, rootPath } from '../../base/raw-path.ts';
import type { FileTree } from '../../ports/files.ts';

const current = 'server.log';
const fullFile = /^server-\d{8,}\.log$/;

/** At most this much of the end of the log is read. */
const bytesMax = 1_048_576;

/** The last `linesMax` lines, oldest first. `logs` is the folder of the log. */
export async function logTail(logs: FileTree, linesMax: number): Promise<readonly string[]> {
  const names = ((await logs.list(rootPath)) ?? []).map(({ name }) => name);
  const full = names
    .filter((name) => fullFile.test(name))
    .sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  const newestFirst = [...(names.includes(current) ? [current] : []), ...full.reverse()];
  let lines: string[] = [];
  let bytesLeft = bytesMax;
  for (const name of newestFirst) {
    if (lines.length >= linesMax || bytesLeft <= 0) break;
    const end = await endOf(logs, rawFromText(name) as RawPath, bytesLeft);
    bytesLeft -= end.bytes;
    lines = [...end.lines, ...lines];
  }
  return lines.slice(-linesMax);
}

async function endOf(
  logs: FileTree,
  path: RawPath,
  length: number,
): Promise<{ readonly lines: readonly string[]; readonly bytes: number }> {
  const file = await logs.open(path, 'read');
  try {
    const { size } = await file.status();
    const offset = Math.max(0, size - length);
    const bytes = await file.read(offset, Math.min(size, length));
    // The first line may be incomplete.
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .slice(offset > 0 ? 1 : 0, -1);
    return { lines, bytes: bytes.length };
  } finally {
    await file.close();
  }
}

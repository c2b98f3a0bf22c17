// Small helpers of the files conformance suites.
import type { RawPath } from '../../src/base/raw-path.ts';
import type { FileTree } from '../../src/ports/files.ts';

export const path = (text: string): RawPath => text as RawPath;

/** The code of the failure a call ends with. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'no failure';
}

/** The bytes of a file, as a byte string. */
export async function contentOf(tree: FileTree, name: string): Promise<string> {
  const file = await tree.open(path(name), 'read');
  try {
    return (await file.read(0, 1_000_000)).toString('latin1');
  } finally {
    await file.close();
  }
}

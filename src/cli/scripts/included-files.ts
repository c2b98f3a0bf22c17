// Reads the files that scripts include from disk, while the script is checked and before anything runs. A relative name
// counts from the folder of the including file. Messages name a file by its path, as a person would write it.
import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { ReadIncluded } from '../../language/parser/include.ts';
import { decodeSource } from '../../language/tree/source-text.ts';

/** A script is far smaller; a larger file was named by mistake. */
const fileBytesMax = 64 * 1024 * 1024;

export const readIncluded: ReadIncluded = (path, from) => {
  const file = isAbsolute(path) ? normalize(path) : join(dirname(from), path);
  try {
    const status = statSync(file);
    // A pipe or a device might never end.
    if (!status.isFile()) return { reason: 'it is no file' };
    if (status.size > fileBytesMax) return { reason: `it has more than ${fileBytesMax} bytes` };
    const text = decodeSource(readFileSync(file));
    return text === undefined ? { reason: 'it is not UTF-8' } : { file, text };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    return { reason: systemFailure(code, 'include', rawFromText(file)).reason };
  }
};

/** Reads an included file where files are named by their addresses, as in editors. */
export const readIncludedByAddress: ReadIncluded = (path, from) => {
  if (!from.startsWith('file:')) return { reason: 'this text is not in a file yet' };
  const found = readIncluded(path, fileURLToPath(from));
  return 'reason' in found ? found : { ...found, file: pathToFileURL(found.file).href };
};

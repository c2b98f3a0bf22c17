// The scripts on disk for the language server, where files are named by their addresses. Nothing is written. A folder
// is searched without its hidden folders and those of packages, and no link is followed, so a search stays in the
// folder and ends.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ScriptFiles } from '../../language-server/names/scripts.ts';
import { readIncluded, readIncludedByAddress } from './included-files.ts';

/** A folder with more entries than this was opened by mistake; the rest is not searched. */
const searchedEntriesMax = 50_000;

export const scriptFiles: ScriptFiles = {
  read: readIncludedByAddress,
  address: (uri) => {
    const path = pathOf(uri);
    return path === undefined ? uri : pathToFileURL(path).href;
  },
  text: (address) => {
    const path = pathOf(address);
    const found = path === undefined ? undefined : readIncluded(path, '');
    return found === undefined || 'reason' in found ? undefined : found.text;
  },
  scriptsBelow: (folder, max) => {
    const path = pathOf(folder);
    return path === undefined ? { addresses: [], isWhole: true } : search(path, max);
  },
};

/** Undefined for what is no file, such as a text that was never saved. */
function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

function search(top: string, max: number): ReturnType<ScriptFiles['scriptsBelow']> {
  const addresses: string[] = [];
  const folders = [top];
  let searched = 0;
  for (const folder of folders) {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isFile() && entry.name.endsWith('.dtcl')) addresses.push(pathToFileURL(path).href);
      else if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') folders.push(path);
      if (addresses.length === max || ++searched === searchedEntriesMax) return { addresses, isWhole: false };
    }
  }
  return { addresses, isWhole: true };
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

// How much of a workspace is read, and what becomes of a name when not all of it is.
import { expect, test } from 'vitest';
import { obstacleToName } from '../../src/language-server/names/renaming.ts';
import { sameName } from '../../src/language-server/names/same-names.ts';
import { knownScriptsMax, type ScriptFiles, Scripts } from '../../src/language-server/names/scripts.ts';

/** A folder of numbered scripts, which is longer than a list of it may be when there are too many. */
function folderOf(count: number): { readonly files: ScriptFiles; readonly read: string[] } {
  const read: string[] = [];
  const addresses = Array.from({ length: count }, (_, number) => `${number}.dtcl`);
  const files: ScriptFiles = {
    read: (path) => ({ file: path, text: '' }),
    address: (uri) => uri,
    text: (address) => {
      read.push(address);
      return '$name = 1\n';
    },
    scriptsBelow: (_, max) => ({ addresses: addresses.slice(0, max), isWhole: count <= max }),
  };
  return { files, read };
}

function obstacle(scripts: Scripts): string | undefined {
  const known = scripts.all();
  const script = known.byAddress.get('0.dtcl');
  const symbol = script?.symbols.all[0];
  if (script === undefined || symbol === undefined) throw new Error('there is no symbol');
  return obstacleToName(known, symbol, sameName(known, script, symbol), 'other');
}

test('a workspace with too many scripts is read up to a limit, and then no shared name is changed', () => {
  const { files, read } = folderOf(knownScriptsMax + 1);
  const scripts = new Scripts(files, () => []);
  scripts.set(['folder'], true);
  expect(obstacle(scripts)).toBe('there are too many scripts in the open folders to find every use of $name');
  expect(read).toHaveLength(knownScriptsMax);
});

test('files are read again when the editor tells no changes, and otherwise when it tells one', () => {
  const { files, read } = folderOf(2);
  const scripts = new Scripts(files, () => []);
  scripts.set(['folder'], true);
  expect(obstacle(scripts)).toBeUndefined();
  scripts.all();
  expect(read).toEqual(['0.dtcl', '1.dtcl']);
  scripts.changed();
  scripts.all();
  expect(read).toHaveLength(4);
  scripts.set(['folder'], false);
  scripts.all();
  scripts.all();
  expect(read).toHaveLength(8);
});

// INCLUDE over real files: where names count from, what is refused, and what the file is called in a message.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { readIncluded, readIncludedByAddress } from '../../src/cli/scripts/included-files.ts';
import { readScript } from '../../src/cli/scripts/script-file.ts';
import { renderDiagnostics } from '../../src/language/reading/render-diagnostics.ts';

const folder = mkdtempSync(join(tmpdir(), 'understudy-include-'));
afterAll(() => rmSync(folder, { recursive: true }));

mkdirSync(join(folder, 'lib'));
const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
write('main.dtcl', 'include "lib/common.dtcl"\nwrite twice(2)');
write('lib/common.dtcl', 'include "../lib/more.dtcl"\nfunction twice($n) return more($n) + more($n) end');
write('lib/more.dtcl', 'function more($n)\n  return $n\nend');
write('broken.dtcl', 'include "lib/latin.dtcl"\ninclude "gone.dtcl"\ninclude "lib"\ninclude "wrong.dtcl"');
write('lib/latin.dtcl', Uint8Array.of(0x77, 0xe9));
write('wrong.dtcl', '\nconect sales');
write('own.dtcl', 'include "lib/../own.dtcl"');

test('names count from the folder of the file that includes', async () => {
  const { script, diagnostics } = await readScript(join(folder, 'main.dtcl'));
  expect(diagnostics).toEqual([]);
  expect(script).toBeDefined();
});

test('what cannot be included says why, and what is wrong in it says in which file', async () => {
  const { source, script, diagnostics } = await readScript(join(folder, 'broken.dtcl'));
  expect(script).toBeUndefined();
  const shown = renderDiagnostics(diagnostics, source).replaceAll(folder, '…');
  expect(shown).toMatchSnapshot();
});

test('a file that includes itself over a detour is known', async () => {
  const { diagnostics } = await readScript(join(folder, 'lib', '..', './own.dtcl'));
  expect(diagnostics).toMatchObject([{ code: 'U0313' }]);
});

test('an editor knows files by their addresses', () => {
  const from = pathToFileURL(join(folder, 'main.dtcl')).href;
  expect(readIncludedByAddress('lib/more.dtcl', from)).toMatchObject({
    file: pathToFileURL(join(folder, 'lib/more.dtcl')).href,
  });
  expect(readIncludedByAddress('lib/more.dtcl', 'untitled:1')).toEqual({ reason: 'this text is not in a file yet' });
  expect(readIncluded('/dev/zero', from)).toEqual({ reason: 'it is no file' });
});

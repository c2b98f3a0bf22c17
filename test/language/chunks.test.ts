// Language tests written in the language. A file holds chunks separated by `---`. A line ending in `### CODE` must be
// where that diagnostic is given, checking or running; `#> text` lines are the output, in order. Nothing else may happen.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runScript } from '../../src/language/program.ts';
import { check, IdleClock, ScriptedHost } from './scripted-host.ts';

const folder = join(import.meta.dirname, 'chunks');

for (const file of readdirSync(folder).sort()) {
  describe(file, () => {
    const chunks = readFileSync(join(folder, file), 'utf8').split(/^---$/m);
    test.each(chunks.map((chunk) => [chunk.trim().split('\n')[0] ?? '', chunk]))('%s', async (_, chunk) => {
      const lines = chunk.split('\n');
      const expected = lines.flatMap((line, index) =>
        (/###\s*(.+)$/.exec(line)?.[1] ?? '')
          .split(/\s+/)
          .filter((code) => code !== '')
          .map((code) => `${index + 1}: ${code}`),
      );
      const output = lines.flatMap((line) => /^\s*#> ?(.*)$/.exec(line)?.[1] ?? []);
      const host = new ScriptedHost();
      const { script, diagnostics } = check(chunk);
      const found = [...diagnostics];
      if (script !== undefined) found.push(...(await runScript(script, { host, clock: new IdleClock() })).diagnostics);
      expect(found.map((one) => `${one.span.line}: ${one.code}`)).toEqual(expected);
      expect(host.lines).toEqual(output);
    });
  });
}

// Wrong scripts as people write them who come from other languages, or in a hurry. Each file holds scripts separated by
// `---`, each with one mistake on the line that ends in ` ### words`. A check must give one message, on that line, that
// says these words; the marks are taken away before. How all messages read is held by the snapshot file.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderDiagnostics } from '../../src/language/reading/render-diagnostics.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { check } from './scripted-host.ts';

const folder = join(import.meta.dirname, 'wrong-scripts');
const mark = / ### (.+)$/;

for (const file of readdirSync(folder).sort()) {
  describe(file, () => {
    const scripts = readFileSync(join(folder, file), 'utf8').split(/^---\n/m);
    test.each(scripts.map((script) => [script.split('\n')[0]?.slice(2) ?? '', script]))('%s', (_, script) => {
      const lines = script.trimEnd().split('\n').slice(1);
      const marked = lines.findIndex((line) => mark.test(line));
      const words = mark.exec(lines[marked] ?? '')?.[1] ?? 'a mark';
      const text = lines.map((line) => line.replace(mark, '')).join('\n');
      const { diagnostics } = check(text);
      const rendered = renderDiagnostics(diagnostics, new SourceText('test.dtcl', text));
      expect(
        diagnostics.map(({ severity, span }) => `${severity} ${span.line}`),
        rendered,
      ).toEqual([`error ${marked + 1}`]);
      expect(`${diagnostics[0]?.message}\n${diagnostics[0]?.fix}`).toContain(words);
      expect(rendered).toMatchSnapshot();
    });
  });
}

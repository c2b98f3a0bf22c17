// The document of server.json and the schema name the same keys. (That its example is one is seen in test/docs.)
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultConfiguration } from '../../src/runtime/stores/configuration.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');

function keysOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, prefix === '' ? key : `${prefix}.${key}`));
}

it('lists every key with its default', () => {
  const table = document.split('## What else')[0] ?? '';
  const rows = Array.from(table.matchAll(/^\| `([\w.]+)` \| (.+?) \|/gm), ([, key, text]) => ({ key, text }));
  const defaults = defaultConfiguration('alpha');
  expect(rows.map(({ key }) => key).sort()).toEqual(keysOf(defaults).sort());
  for (const { key, text } of rows) {
    if (key === 'version' || key === 'name') continue;
    const value = key?.split('.').reduce<unknown>((inner, part) => Object(inner)[part], defaults);
    expect(`${key} ${text?.replaceAll('`', '')}`).toBe(`${key} ${JSON.stringify(value)}`);
  }
});

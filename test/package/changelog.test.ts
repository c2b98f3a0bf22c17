// The changelog, and what packages take from it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { debianChangelog, readChangelog, releaseSeconds } from '../../scripts/package/changelog.ts';

const read = (file: string): string => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

const text = `# Changelog

About this file.

## 0.2.0 (2026-12-24)

- Second, with a text that is so long that it does not stand in a line of 80
  characters, and \`code\`.
- Third.

## 0.1.0 (2026-12-01)

- First.
`;

it('has the version of package.json as its newest, and each version once', () => {
  const versions = readChangelog(read('CHANGELOG.md')).map(({ version }) => version);
  expect(versions[0]).toBe(JSON.parse(read('package.json')).version);
  expect(new Set(versions).size).toBe(versions.length);
});

it('is read as data', () => {
  const releases = readChangelog(text);
  expect(releases.map(({ version, changes }) => [version, changes.length])).toEqual([
    ['0.2.0', 2],
    ['0.1.0', 1],
  ]);
  expect(new Date(releaseSeconds(releases[0]) * 1000).toISOString()).toBe('2026-12-24T00:00:00.000Z');
});

it('becomes the changelog of a Debian package', () => {
  expect(debianChangelog('understudy', 'A Name <a@b.example>', readChangelog(text))).toBe(
    `understudy (0.2.0) unstable; urgency=medium

  * Second, with a text that is so long that it does not stand in a line of 80
    characters, and code.
  * Third.

 -- A Name <a@b.example>  Thu, 24 Dec 2026 00:00:00 +0000

understudy (0.1.0) unstable; urgency=medium

  * First.

 -- A Name <a@b.example>  Tue, 01 Dec 2026 00:00:00 +0000
`,
  );
});

it.each([
  '# Changelog\n',
  '## 0.1 (2026-12-01)\n\n- x\n',
  '## 0.1.0 (soon)\n\n- x\n',
  '## 0.1.0 (2026-12-01)\n\ntext\n',
])('is refused when it is none: %j', (wrong) => {
  expect(() => readChangelog(wrong)).toThrow(/CHANGELOG\.md/);
});

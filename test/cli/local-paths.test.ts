// The paths that the prompt completes.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isHere, localPaths } from '../../src/cli/prompt/local-paths.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-paths-'));
  mkdirSync(join(folder, 'sales'));
  for (const name of ['salt', '.hidden', 'bad\nname']) writeFileSync(join(folder, name), '');
  symlinkSync(join(folder, 'sales'), join(folder, 'link'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'lost'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it('are the files and folders that begin so, folders with a slash', async () => {
  const found = async (written: string): Promise<string[]> => localPaths(folder + written, { absolute: true });
  expect(await found('/sal')).toEqual([`${folder}/sales/`, `${folder}/salt`]);
  expect(await found('/')).toEqual(['link/', 'lost', 'sales/', 'salt'].map((one) => `${folder}/${one}`));
  expect(await found('/.h')).toEqual([`${folder}/.hidden`]);
  expect(await found('/sales/')).toEqual([]);
});

it('may be relative only where a file of the person at the prompt is meant', async () => {
  expect(await localPaths('READ', { absolute: false })).toEqual(['README.md']);
  expect(await localPaths('./READ', { absolute: false })).toEqual(['./README.md']);
  expect(await localPaths('READ', { absolute: true })).toEqual([]);
});

it('are hidden when they are on another machine', () => {
  const chosen = { embedded: false, own: 'Alpha', source: 'alpha', target: 'beta' };
  expect(['here', 'source', 'target'].map((place) => isHere(place as 'here', chosen))).toEqual([true, true, false]);
  expect(isHere('source', { ...chosen, source: undefined })).toBe(true);
  expect(isHere('source', { ...chosen, own: undefined })).toBe(false);
  expect(isHere('target', { ...chosen, embedded: true })).toBe(true);
});

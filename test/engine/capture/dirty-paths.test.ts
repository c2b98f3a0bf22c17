import { expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { DirtyPaths, dirt } from '../../../src/engine/capture/dirty-paths.ts';

test('a place that was taken and added anew is taken for its new reasons', () => {
  const dirty = new DirtyPaths();
  dirty.add(0, 'x' as RawPath, dirt.attributes);
  for (const place of dirty.places()) {
    dirty.takeTopmost(place);
    dirty.add(0, 'x' as RawPath, dirt.attributes | dirt.awaited);
    expect(dirty.takeTopmost(place).flags).toBe(dirt.attributes | dirt.awaited);
  }
  expect(dirty.size).toBe(0);
});

test('what was taken is unfinished until it is done', () => {
  const dirty = new DirtyPaths();
  dirty.add(0, 'x' as RawPath, dirt.content);
  dirty.addDirectory(0, 'd' as RawPath);
  for (const place of dirty.places()) dirty.takeTopmost(place);
  expect([dirty.size, dirty.unfinished]).toEqual([1, 2]);
  dirty.done();
  dirty.takeDirectories();
  expect([dirty.size, dirty.unfinished]).toEqual([0, 1]);
  dirty.done();
  expect(dirty.unfinished).toBe(0);
});

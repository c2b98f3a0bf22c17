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

// Sequences of operations for model-based tests: a few names used over and over, so that everything happens to everything.
import fc from 'fast-check';
import { parentOf, type RawPath, rawFromText } from '../../src/base/raw-path.ts';
import type { ObjectAttributes } from '../../src/model/stream/attributes.ts';
import type { ChangeOperation } from '../../src/model/stream/operation.ts';

const names = ['a', 'b', 'd', 'e'];

const path: fc.Arbitrary<RawPath> = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/') as RawPath);

export const attributes: fc.Arbitrary<ObjectAttributes> = fc.record({
  mode: fc.constantFrom(0o644, 0o600, 0o755, 0o4755, 0o400, 0o1777),
  userId: fc.constantFrom(0, 1000),
  groupId: fc.constantFrom(0, 1000),
  modifiedNs: fc.bigInt({ min: 0n, max: 2_000_000_000_000_000_000n }),
  extended: fc.constantFrom([], [{ name: 'trusted.note', value: Buffer.from('x') }]),
});

/** Four kinds of bytes, so that some writes change nothing and some write zeros. */
const bytes = (lengthMax: number): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.integer({ min: 0, max: lengthMax }), fc.constantFrom(0, 65, 66, 67))
    .map(([length, byte]) => Buffer.alloc(length, byte));

const offset = fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.constantFrom(0, 4096, 8192, 5000));

export const operation: fc.Arbitrary<ChangeOperation> = fc.oneof(
  { weight: 4, arbitrary: whole() },
  {
    weight: 2,
    arbitrary: fc.record({ path, size: offset, content: bytes(100) }).map(({ path, size, content }) => ({
      kind: 'file' as const,
      root: 0,
      path,
      size: Math.max(size, content.length),
      content,
    })),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      root: fc.constant(0),
      path,
      offset,
      data: bytes(9000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('hole' as const), root: fc.constant(0), path, offset, length: offset }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('truncate' as const), root: fc.constant(0), path, size: offset }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('directory' as const), root: fc.constant(0), path, attributes }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('symlink' as const),
      root: fc.constant(0),
      path,
      target: fc.constantFrom('a', rawFromText('böse')),
      attributes: attributes.map((one) => ({ ...one, extended: [] })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('special' as const),
      root: fc.constant(0),
      path,
      special: fc.constantFrom('fifo' as const, 'character' as const),
      device: fc.constant(0),
      attributes: attributes.map((one) => ({ ...one, extended: [] })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('link' as const), root: fc.constant(0), path, existing: path }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('rename' as const), root: fc.constant(0), path, to: path }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), root: fc.constant(0), path }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('attributes' as const), root: fc.constant(0), path, attributes }),
  },
);

function whole(): fc.Arbitrary<ChangeOperation> {
  return fc
    .record({ path, content: bytes(9000), hole: fc.constantFrom(0, 0, 5000), attributes })
    .map(({ hole, ...rest }) => ({ kind: 'file', root: 0, size: rest.content.length + hole, ...rest }));
}

/** The directories whose times an operation may change: a real stream carries their attributes after it. */
export function touchedDirectories(operation: ChangeOperation): RawPath[] {
  const paths = [parentOf(operation.path)];
  if (operation.kind === 'rename') paths.push(parentOf(operation.to));
  return paths;
}

// Arbitrary operations, entries and their parts, for properties over the wire's formats.
import fc from 'fast-check';
import type { RawPath } from '../../src/base/raw-path.ts';
import type { ObjectAttributes } from '../../src/model/stream/attributes.ts';
import type { ReplicaEntry } from '../../src/model/stream/listing.ts';
import type { Marker } from '../../src/model/stream/marker.ts';
import type { Operation } from '../../src/model/stream/operation.ts';
import type { TaskAction } from '../../src/model/stream/task.ts';

export const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

const byteText = (forbidden: RegExp, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength, maxLength })
    .map((codes) => String.fromCharCode(...codes).replace(forbidden, '_'));

const component = byteText(/\//g, 1, 255).filter((name) => name !== '.' && name !== '..');
const path = fc.array(component, { maxLength: 5 }).map(
  (names) =>
    names
      .join('/')
      .slice(0, 4000)
      .replace(/\/\.{0,2}$/, '') as RawPath,
);
const size = fc.maxSafeNat();
const half = fc.integer({ min: 0, max: 2 ** 52 });

export const attributes: fc.Arbitrary<ObjectAttributes> = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }),
  userId: fc.integer({ min: 0, max: 0xffff_ffff }),
  groupId: fc.integer({ min: 0, max: 0xffff_ffff }),
  modifiedNs: fc.bigInt({ min: -(2n ** 63n) * 1_000_000_000n, max: 2n ** 63n * 1_000_000_000n - 1n }),
  extended: fc
    .uniqueArray(fc.record({ name: byteText(/\0/g, 1, 60), value: bytes(200) }), {
      selector: (one) => one.name,
      maxLength: 4,
    })
    .map((list) => list.sort((a, b) => (a.name < b.name ? -1 : 1))),
});

const action: fc.Arbitrary<TaskAction> = fc.oneof(
  fc.record({
    type: fc.constant('program' as const),
    program: fc.string({ minLength: 1 }),
    arguments: fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('snapshot' as const), name: fc.string() }),
  fc.record({ type: fc.constant('block' as const), body: fc.string(), bindings: fc.string() }),
  fc.constant({ type: 'verify' as const }),
  fc.constant({ type: 'failover' as const }),
  fc.record({
    type: fc.constant('dns-update' as const),
    name: fc.constant('shop.example'),
    address: fc.constant('10.0.0.2'),
    ttlSeconds: fc.nat(),
  }),
  fc.record({
    type: fc.constant('dns-update' as const),
    name: fc.constant('shop.example'),
    address: fc.constant('10.0.0.2'),
    from: fc.constant('10.0.0.1'),
    ttlSeconds: fc.nat(),
  }),
);

const marker: fc.Arbitrary<Marker> = fc.oneof(
  fc.record({
    type: fc.constant('mirror-begin' as const),
    mirrorId: fc.uuid(),
    method: fc.constantFrom(
      'none' as const,
      'attributes-whole' as const,
      'attributes-delta' as const,
      'data-delta' as const,
    ),
  }),
  fc.record({
    type: fc.constant('mirror-end' as const),
    mirrorId: fc.uuid(),
    outcome: fc.constantFrom('completed' as const, 'stopped' as const),
  }),
  fc.record({
    type: fc.constant('task' as const),
    task: fc.record({
      taskId: fc.uuid(),
      name: fc.string({ unit: 'grapheme' }),
      actions: fc.record(
        { onqueue: action, ontransmit: action, onreceive: action, onexecute: action },
        { requiredKeys: [], noNullPrototype: true },
      ),
      timeoutMs: fc.option(fc.nat()),
    }),
  }),
  fc.record({
    type: fc.constant('snapshot' as const),
    snapshotId: fc.uuid(),
    name: fc.string(),
    snapshotType: fc.constantFrom('scheduled' as const, 'deferred' as const, 'manual' as const, 'automatic' as const),
  }),
  fc.record({ type: fc.constant('barrier' as const), barrierId: fc.uuid() }),
  fc.constant({ type: 'end' as const }),
);

const onPath = { root: fc.integer({ min: 0, max: 0xffff }), path };

const file = fc
  .record({ ...onPath, content: bytes(300), more: half, attributes: fc.option(attributes, { nil: undefined }) })
  .map(({ more, attributes: whole, ...rest }) => {
    const operation = { kind: 'file' as const, ...rest, size: rest.content.length + more };
    return whole === undefined ? operation : { ...operation, attributes: whole };
  });

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  file,
  fc.record({ kind: fc.constant('write' as const), ...onPath, offset: half, data: bytes(300) }),
  fc.record({ kind: fc.constant('hole' as const), ...onPath, offset: half, length: half }),
  fc.record({ kind: fc.constant('truncate' as const), ...onPath, size }),
  fc.record({ kind: fc.constant('directory' as const), ...onPath, attributes }),
  fc.record({ kind: fc.constant('symlink' as const), ...onPath, target: byteText(/\0/g, 1, 400), attributes }),
  fc.record({
    kind: fc.constant('special' as const),
    ...onPath,
    special: fc.constantFrom('fifo' as const, 'socket' as const, 'character' as const, 'block' as const),
    device: size,
    attributes,
  }),
  fc.record({ kind: fc.constant('link' as const), ...onPath, existing: path }),
  fc.record({ kind: fc.constant('rename' as const), ...onPath, to: path }),
  fc.record({ kind: fc.constant('remove' as const), ...onPath }),
  fc.record({ kind: fc.constant('attributes' as const), ...onPath, attributes }),
  fc.record({ kind: fc.constant('marker' as const), marker }),
);

export const wallMs = fc.integer({ min: 0, max: 2 ** 48 - 1 });

const entryBase = {
  name: component,
  attributes,
  size,
  links: fc.integer({ min: 1, max: 0xffff_ffff }),
  device: size,
  inode: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  specialDevice: size,
};

export const entry: fc.Arbitrary<ReplicaEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    ...entryBase,
    contentHash: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((hash) => Buffer.from(hash)),
  }),
  fc.record({
    kind: fc.constantFrom('file' as const, 'directory' as const, 'fifo' as const, 'block' as const),
    ...entryBase,
  }),
  fc.record({ kind: fc.constant('file' as const), ...entryBase, isSparse: fc.constant(true) }),
  fc.record({ kind: fc.constant('symlink' as const), ...entryBase, linkText: byteText(/\0/g, 1, 300) }),
);

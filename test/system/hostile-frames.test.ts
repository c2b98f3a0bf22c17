// Issue 2, "Bad input": a trusted source that sends bad frames. The link closes with an event, nothing of the frame is
// applied, and nothing outside of the replica is ever touched.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawFromText } from '../../src/base/raw-path.ts';
import type { ObjectAttributes } from '../../src/model/stream/attributes.ts';
import type { Operation } from '../../src/model/stream/operation.ts';
import { payloadBytesMax } from '../../src/wire/frame-codec.ts';
import type { Manifest } from '../support/manifest.ts';
import { RealCluster } from '../support/real-cluster.ts';
import { at, frameOf, HostileSource } from './hostile-source.ts';

const attributes: ObjectAttributes = { mode: 0o666, userId: 0, groupId: 0, modifiedNs: 0n, extended: [] };
const content = Buffer.from('harm');
const harm: Operation = { kind: 'file', ...at('harm'), size: content.length, content, attributes };

let cluster: RealCluster;
let source: HostileSource;
let outside: string;

// One for each test: the same harm done twice is told as a count, a minute later.
beforeEach(async () => {
  cluster = await RealCluster.start();
  outside = join(cluster.folder, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'victim'), 'untouched');
  source = await connect();
  await source.apply([{ kind: 'file', ...at('good'), size: 4, content: Buffer.from('good'), attributes }]);
});
afterEach(async () => {
  source?.close();
  await cluster?.remove();
});

function connect(): Promise<HostileSource> {
  const roots = [{ source: '/anywhere', replica: rawFromText(cluster.replica) }];
  return HostileSource.greet(cluster.network.server('alpha'), roots, 'a stream');
}

const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
};

const escapes = [
  '../outside/victim',
  '/etc/harm',
  'a/../../outside/victim',
  'a//b',
  '.',
  'a/./b',
  'nul\0byte',
  'n'.repeat(256),
];

describe('a frame that closes the link with event 5003, and nothing of it is applied', () => {
  const bad: readonly (readonly [string, (source: HostileSource) => void])[] = [
    [
      'truncated: the link ends in the middle of it',
      (one) => {
        const frame = one.operations([harm]);
        one.send(frame.subarray(0, frame.length - 2));
        one.close();
      },
    ],
    ['longer than any frame', (one) => one.send(Buffer.concat([lengthOf(payloadBytesMax + 9), Buffer.alloc(1000)]))],
    ['shorter than its own head', (one) => one.send(lengthOf(3))],
    ['of a wrong checksum', (one) => one.send(flipped(one.operations([harm]), -1))],
    ['of an unknown type', (one) => one.send(flipped(one.operations([harm]), 4))],
    [
      'of a type that only a target sends',
      (one) => one.send(frameOf('acknowledge', Buffer.from('{"durable":1,"applied":1}'))),
    ],
    ['ahead of its turn', (one) => one.send(one.operations([harm], { firstSequence: 1000 }))],
    ['of a place that has passed', (one) => one.send(one.operations([harm], { firstSequence: 1 }))],
    ['of another history', (one) => one.send(one.operations([harm], { checksumAfter: 1n }))],
    [
      'cut off inside its last record',
      (one) => one.send(frameOf('operations', cutPayload(one.operations([harm, harm])))),
    ],
    [
      'that is not what it says it is',
      (one) => one.send(frameOf('operations', Buffer.from('nonsense, nothing else at all'))),
    ],
    ['with a notice of nonsense', (one) => one.send(frameOf('notice', Buffer.from('{"type":"obey"}')))],
    ['naming a root that does not exist', (one) => one.send(one.operations([harm, { ...harm, root: 1 } as Operation]))],
    ...escapes.flatMap((path): (readonly [string, (source: HostileSource) => void])[] => [
      [
        `writing to ${JSON.stringify(path.slice(0, 30))}`,
        (one) => one.send(one.operations([harm, { ...harm, ...at(path) } as Operation])),
      ],
      [
        `renaming to ${JSON.stringify(path.slice(0, 30))}`,
        (one) => one.send(one.operations([harm, { kind: 'rename', ...at('good'), to: at(path).path }])),
      ],
      [
        `linking ${JSON.stringify(path.slice(0, 30))}`,
        (one) => one.send(one.operations([harm, { kind: 'link', ...at('mine'), existing: at(path).path }])),
      ],
    ]),
  ];

  test.each(bad)('%s', async (_what, send) => {
    const before = await outsideOfHomes();
    const reported = (await cluster.events('beta', 5003)).length;
    send(source);
    await source.closed();
    await expect.poll(async () => (await cluster.events('beta', 5003)).length).toBe(reported + 1);
    const event = (await cluster.events('beta', 5003)).at(-1);
    expect(event?.message).toMatch(/^A bad frame closed the link with alpha: ./);
    expect(event?.severity).toBe('error');

    // A new link goes on where the good frames ended.
    const next = await connect();
    expect(next.sequence).toBe(source.sequence);
    await next.apply([{ kind: 'attributes', ...at('good'), attributes }]);
    next.close();
    expect(await outsideOfHomes()).toEqual(before);
  });
});

test('a symbolic link planted in the replica leads nowhere', async () => {
  const before = await cluster.manifestOf(outside);
  await source.apply([
    { kind: 'symlink', ...at('link'), target: outside, attributes },
    { kind: 'directory', ...at('folder'), attributes: { ...attributes, mode: 0o755 } },
    { kind: 'symlink', ...at('folder/link'), target: '../../outside', attributes },
    { kind: 'symlink', ...at('file link'), target: join(outside, 'victim'), attributes },
  ]);
  const through: Operation[] = ['link', 'folder/link'].flatMap((link): Operation[] => [
    { kind: 'file', ...at(`${link}/new`), size: 4, content, attributes },
    { kind: 'file', ...at(`${link}/victim`), size: 4, content, attributes },
    { kind: 'write', ...at(`${link}/victim`), offset: 0, data: content },
    { kind: 'truncate', ...at(`${link}/victim`), size: 0 },
    { kind: 'hole', ...at(`${link}/victim`), offset: 0, length: 4 },
    { kind: 'attributes', ...at(`${link}/victim`), attributes },
    { kind: 'directory', ...at(`${link}/folder`), attributes },
    { kind: 'symlink', ...at(`${link}/symlink`), target: 'x', attributes },
    { kind: 'special', ...at(`${link}/fifo`), special: 'fifo', device: 0, attributes },
    { kind: 'remove', ...at(`${link}/victim`) },
    { kind: 'rename', ...at(`${link}/victim`), to: at('taken').path },
    { kind: 'rename', ...at('good'), to: at(`${link}/given`).path },
    { kind: 'link', ...at(`${link}/linked`), existing: at('good').path },
    { kind: 'link', ...at('linked'), existing: at(`${link}/victim`).path },
  ]);
  // The link itself as if it were the file that it leads to.
  through.push(
    { kind: 'write', ...at('file link'), offset: 0, data: content },
    { kind: 'truncate', ...at('file link'), size: 0 },
    { kind: 'attributes', ...at('file link'), attributes: { ...attributes, userId: 1 } },
  );
  for (const operation of through) if (operation.kind !== 'marker') await source.apply([operation]);

  expect(await cluster.manifestOf(outside)).toEqual(before);
  const mismatches = source.notices().flatMap((notice) => (notice.type === 'mismatch' ? [notice.path] : []));
  expect(mismatches).toContain('link/victim');
  expect(mismatches).toContain('folder/link/new');
  // What cannot be as the stream says is no silence: the replica needs a mirror.
  await expect.poll(async () => (await cluster.beta.jobs.list())[0]?.targetState).toBe('Mirror Required');

  const asked = { id: 1, after: 0, root: 0 };
  expect(await source.ask({ type: 'list', ...asked, path: 'link', hashed: true, from: 0 })).toMatchObject({
    outcome: 'missing',
  });
  expect(await source.ask({ type: 'hashes', ...asked, path: 'link/victim', first: 0, count: 1 })).toMatchObject({
    outcome: 'missing',
  });
  expect(await source.ask({ type: 'hashes', ...asked, path: 'file link', first: 0, count: 1 })).toMatchObject({
    outcome: 'missing',
  });
  expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('untouched');

  // A file written in place of the link replaces the link, not what it leads to.
  await source.apply([{ kind: 'file', ...at('file link'), size: 4, content, attributes }]);
  expect(readFileSync(join(cluster.replica, 'file link'), 'utf8')).toBe('harm');
  expect(await cluster.manifestOf(outside)).toEqual(before);
});

function flipped(frame: Buffer, index: number): Buffer {
  const copy = Buffer.from(frame);
  const place = index < 0 ? copy.length + index : index;
  copy[place] = (copy[place] ?? 0) ^ 0xff;
  return copy;
}

/** The payload without its last bytes; its own length and checksum are right. */
function cutPayload(frame: Buffer): Buffer {
  return frame.subarray(12, frame.length - 3);
}

/** Of everything but what the servers keep for themselves, which changes all the time. */
async function outsideOfHomes(): Promise<Manifest> {
  const entries = Object.entries(await cluster.manifestOf(cluster.folder));
  return Object.fromEntries(entries.filter(([path]) => !/^(\.|alpha|beta)(\/|$)/.test(path)));
}

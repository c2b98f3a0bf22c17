import { describe, expect, it } from 'vitest';
import { rootPath } from '../../src/base/raw-path.ts';
import {
  decodeControl,
  decodeHeartbeat,
  encodeControl,
  encodeHeartbeat,
  type Hello,
  helloSchema,
  noticeSchema,
  type Welcome,
  welcomeSchema,
} from '../../src/wire/control-messages.ts';
import { WireFailure } from '../../src/wire/records/wire-failure.ts';

const hello: Hello = {
  versions: [2, 2],
  capture: 'changes',
  jobId: 'job',
  epoch: 4,
  job: {
    jobId: 'job',
    name: 'sales',
    replicationSet: 'sales',
    sourceServer: 'alpha',
    targetServer: 'beta',
    roots: [{ source: '/srv/\xff\n\x00', replica: '/srv/replica' }],
    rules: [{ action: 'include', root: 0, pattern: '*' }],
    mirrorMethod: 'data-delta',
    orphans: 'keep',
  },
  streamId: 'stream',
  sourceName: 'alpha',
  machine: {
    id: 'm',
    workload: [
      { path: '/srv/\xff', ignoresSetId: true, regions: [{ fileSystem: '8:1', path: '/\xff', at: rootPath }] },
    ],
    home: { path: '/home', ignoresSetId: false, regions: [] },
  },
};

describe('control messages', () => {
  it('carry names of any bytes', () => {
    expect(decodeControl(helloSchema, encodeControl(helloSchema, hello), 'hello')).toEqual(hello);
  });

  it('carry 64-bit checksums exactly', () => {
    const welcome: Welcome = {
      version: 1,
      epoch: 4,
      position: { streamId: 'stream', sequence: 9, checksum: 2n ** 63n + 1n },
      applied: 7,
      state: 'OK',
    };
    const payload = encodeControl(welcomeSchema, welcome);
    expect(payload.toString()).toContain('"8000000000000001"');
    expect(decodeControl(welcomeSchema, payload, 'welcome')).toEqual(welcome);
  });

  it.each([
    ['no JSON', Buffer.from('{')],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['an unknown key', Buffer.from('{"type":"resumed","more":1}')],
    ['an unknown type', Buffer.from('{"type":"surprise"}')],
    ['a character that is no byte', Buffer.from('{"type":"mismatch","root":0,"path":"\u0100"}')],
    ['a wrong value', Buffer.from('{"type":"fenced","epoch":-1}')],
  ])('with %s are refused', (_what, payload) => {
    expect(() => decodeControl(noticeSchema, payload, 'notice')).toThrow(WireFailure);
  });
});

describe('a hello', () => {
  it.each(['', '.', '../x', 'a/b', 'x'.repeat(65), 'a\0'])('with the identifier %j of a job is refused', (jobId) => {
    const text = JSON.stringify({ ...hello, jobId });
    expect(() => decodeControl(helloSchema, Buffer.from(text), 'hello')).toThrow(WireFailure);
  });
});

describe('a heartbeat', () => {
  const beat = { head: 17, wallMs: 1_767_225_600_000, queuedBytes: 0 };

  it('comes back, also when it is written in another way', () => {
    expect(decodeHeartbeat(encodeHeartbeat(beat))).toEqual(beat);
    const spaced = Buffer.from('{ "wallMs": 1767225600000, "head": 17, "queuedBytes": 0 }');
    expect(decodeHeartbeat(spaced)).toEqual(beat);
  });

  it.each([
    '',
    '{}',
    '{"head":-1,"wallMs":1,"queuedBytes":0}',
    '{"head":1.5,"wallMs":1,"queuedBytes":0}',
    '{"head":1,"wallMs":1,"queuedBytes":0,"more":1}',
  ])('is refused: %s', (text) => {
    expect(() => decodeHeartbeat(Buffer.from(text))).toThrow(WireFailure);
  });
});

// What a filter tells becomes records, in order; times follow. The folder is real, since attributes are looked at.
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RawPath, rootPath } from '../../../src/base/raw-path.ts';
import type { ObjectStatus } from '../../../src/model/stream/attributes.ts';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import type { ChangedObject } from '../../../src/platform/filter-capture/change-listener.ts';
import { ChangeRecorder } from '../../../src/platform/filter-capture/records/change-recorder.ts';
import { decodeWord, isWord } from '../../../src/platform/filter-capture/records/filter-words.ts';
import { ObjectLooks } from '../../../src/platform/filter-capture/records/object-looks.ts';
import type { RecordPipe } from '../../../src/platform/filter-capture/records/record-pipe.ts';
import { RecordSplitter } from '../../../src/platform/filter-capture/records/record-splitter.ts';
import { decodeOperation } from '../../../src/wire/records/operation-codec.ts';

/** A pipe that keeps everything, as long as there is room. */
class KeptBytes {
  bytes = Buffer.alloc(4 * 1024 * 1024);
  waitingBytes = 0;
  isFull = false;
  isBroken = false;

  reserve(): number | undefined {
    return this.isFull ? undefined : this.waitingBytes;
  }

  commit(length: number): void {
    this.waitingBytes += length;
  }

  push(): void {
    // What waits is taken by `told`.
  }

  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.waitingBytes));
    this.waitingBytes = 0;
    return taken;
  }
}

let folder: string;
let descriptor: number;
let kept: KeptBytes;
let recorder: ChangeRecorder;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-recorder-'));
  descriptor = openSync(folder, 'r');
  kept = new KeptBytes();
  nowMs = 1_800_000_000_000;
  recorder = new ChangeRecorder({
    pipe: kept as unknown as RecordPipe,
    looks: new ObjectLooks([descriptor]),
    rootNumbers: [3],
    wallMs: () => nowMs,
  });
});

afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});

function object(path: string): ChangedObject {
  return { root: 0, path: path as RawPath, attachment: undefined };
}

const name = (path: string): { root: number; path: RawPath } => ({ root: 0, path: path as RawPath });

const status = { kind: 'file', mode: 0o644, userId: 0, groupId: 0, modifiedNs: 0n, specialDevice: 0 } as ObjectStatus;

/** Kind, path and what else counts of everything recorded since the last call. */
function told(): string[] {
  return new RecordSplitter().push(kept.take()).map((framed) => {
    if (isWord(framed)) return JSON.stringify(decodeWord(framed));
    const { operation, wallMs } = decodeOperation(framed);
    expect(wallMs).toBe(nowMs);
    if (operation.kind === 'marker') throw new RangeError('a filter makes no markers');
    expect(operation.root).toBe(3);
    return `${operation.kind} ${operation.path || '.'}${detail(operation)}`;
  });
}

function detail(operation: ChangeOperation): string {
  switch (operation.kind) {
    case 'write':
      return ` ${operation.offset}+${operation.data.length}`;
    case 'truncate':
      return ` ${operation.size}`;
    case 'hole':
      return ` ${operation.offset}+${operation.length}`;
    case 'rename':
      return ` ${operation.to}`;
    case 'link':
      return ` ${operation.existing}`;
    default:
      return '';
  }
}

function write(file: ChangedObject, offset: number, bytes: Buffer): void {
  recorder.wrote(file, offset, Buffer.concat([Buffer.from('head'), bytes]), 4, bytes.length);
}

describe('records', () => {
  test('stand in the order of the changes; times come when the file is closed', () => {
    writeFileSync(join(folder, 'a'), 'x');
    const a = object('a');
    recorder.created(a, status, undefined);
    write(a, 7, Buffer.from('one'));
    recorder.resized(a, 5);
    recorder.zeroed(a, 0, 2);
    recorder.closedAfterWriting(a);
    recorder.closedAfterWriting(a);
    expect(told()).toEqual(['file a', 'write a 7+3', 'truncate a 5', 'hole a 0+2', 'attributes a']);
    recorder.sendTimes();
    expect(told()).toEqual(['attributes .']);
  });

  test('are one for what a program writes at once, and carry all of a larger write', () => {
    const bytes = Buffer.alloc(2_500_000, 'abcdefg');
    write(object('a'), 10, bytes);
    const records = new RecordSplitter().push(kept.take()).map((record) => decodeOperation(record).operation);
    expect(Buffer.concat(records.map((one) => (one.kind === 'write' ? one.data : Buffer.alloc(0)))).equals(bytes)).toBe(
      true,
    );
    expect(records.map((one) => (one.kind === 'write' ? one.offset : -1))).toEqual([10, 1_048_586, 2_097_162]);
  });

  test('of an exchange leave each of the two where the other was', () => {
    recorder.renamed(name('f/one'), name('two'), true);
    expect(told()).toEqual([
      'rename f/one f/.understudy-exchanged',
      'rename two f/one',
      'rename f/.understudy-exchanged two',
    ]);
  });

  test('of a link and a removal name what they are about', () => {
    recorder.linked(object('a'), name('b'));
    recorder.removed(name('a'), 'file');
    expect(told()).toEqual(['link b a', 'remove a']);
  });

  test('are not made of a folder that the session does not want', () => {
    const other: ChangedObject = { root: 1, path: 'a' as RawPath, attachment: undefined };
    recorder.created(other, status, undefined);
    write(other, 0, Buffer.from('x'));
    recorder.removed(other, 'file');
    recorder.sendTimes();
    expect(told()).toEqual([]);
  });
});

describe('times', () => {
  test('of a file that stays open are sent after a while, once', () => {
    writeFileSync(join(folder, 'a'), 'x');
    write(object('a'), 0, Buffer.from('1'));
    expect(recorder.rest()).toBe(200);
    told();
    nowMs += 200;
    expect(recorder.rest()).toBe(undefined);
    expect(told()).toEqual(['attributes a']);
  });

  test('of folders are sent under their names of that moment, deepest first', () => {
    mkdirSync(join(folder, 'f/g'), { recursive: true });
    recorder.removed(name('f/g/x'), 'file');
    recorder.removed(name('f/x'), 'file');
    recorder.renamed(name('f'), name('h'), false);
    expect(told()).toEqual(['remove f/g/x', 'remove f/x', 'attributes f/g', 'attributes f', 'rename f h']);
  });

  test('of what is gone are not sent', () => {
    recorder.removed(name('f/x'), 'file');
    recorder.removed(name('f'), 'directory');
    told();
    recorder.sendTimes();
    expect(told()).toEqual(['attributes .']);
  });

  test('stand before the word that asks for everything', () => {
    writeFileSync(join(folder, 'a'), 'x');
    write(object('a'), 0, Buffer.from('1'));
    recorder.say({ type: 'flushed', id: 4 });
    expect(told()).toEqual(['write a 0+1', 'attributes a', '{"type":"flushed","id":4}']);
  });
});

test('a loss is said once, in its place, before what follows it', () => {
  recorder.removed(name('a'), 'file');
  kept.isFull = true;
  recorder.removed(name('b'), 'file');
  recorder.say({ type: 'flushed', id: 1 });
  kept.isFull = false;
  recorder.removed(name('c'), 'file');
  expect(told()).toEqual(['remove a']);
  recorder.rest();
  recorder.removed(name('d'), 'file');
  expect(told()).toEqual(['{"type":"lost"}', '{"type":"flushed","id":1}', 'remove d']);
});

test('a file that changes under no known name is a loss', () => {
  recorder.removed(name('a'), 'file');
  recorder.changedUnnamed(0);
  recorder.changedUnnamed(1);
  recorder.removed(name('b'), 'file');
  expect(told()).toEqual(['remove a', '{"type":"lost"}', 'remove b']);
});

test('the root itself has a name for its attributes', () => {
  recorder.attributesChanged({ root: 0, path: rootPath, attachment: undefined });
  expect(told()).toEqual(['attributes .']);
});

// What the listener of recording-filter.ts writes, and how the same is done in another folder.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { lremovexattr, lsetxattr } from '../../../src/platform/filter-capture/kernel/file-calls.ts';
import { cString, errnoName } from '../../../src/platform/kernel/libc.ts';

interface At {
  readonly root: number;
  /** A byte string. */
  readonly path: string;
}

export type RecordedChange = At &
  (
    | {
        readonly what: 'created';
        readonly kind: string;
        readonly mode: number;
        readonly userId: number;
        readonly groupId: number;
        readonly specialDevice: number;
        readonly target: string;
      }
    | { readonly what: 'wrote'; readonly offset: number; readonly data: string }
    | { readonly what: 'resized'; readonly size: number }
    | { readonly what: 'zeroed'; readonly offset: number; readonly length: number }
    | {
        readonly what: 'attributes';
        readonly mode: number;
        readonly userId: number;
        readonly groupId: number;
        readonly modifiedNs: string;
      }
    | { readonly what: 'extended'; readonly name: string; readonly value: string | null }
    | { readonly what: 'linked'; readonly to: string }
    | { readonly what: 'renamed'; readonly to: string; readonly isExchange: boolean }
    | { readonly what: 'removed'; readonly kind: string }
    | { readonly what: 'unnamed' }
    | { readonly what: 'closed' }
    | { readonly what: 'sync' }
  );

export function readChanges(file: string): RecordedChange[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Does a change of one folder in another, which was equal before. Throws when it cannot be. */
export function redo(change: RecordedChange, folder: string): void {
  const bytes = (path: string): Buffer => Buffer.from(join(Buffer.from(folder).toString('latin1'), path), 'latin1');
  const at = bytes(change.path);
  switch (change.what) {
    case 'created':
      create(change, at);
      lchownSync(at, change.userId, change.groupId);
      if (change.kind !== 'symlink') chmodSync(at, change.mode);
      break;
    case 'wrote':
      writeAt(at, Buffer.from(change.data, 'base64'), change.offset);
      break;
    case 'resized':
      truncateSync(at, change.size);
      break;
    case 'zeroed':
      writeAt(at, Buffer.alloc(change.length), change.offset);
      break;
    case 'attributes':
      lchownSync(at, change.userId, change.groupId);
      // The mode of a symbolic link means nothing.
      if (change.mode !== 0o777) chmodSync(at, change.mode);
      break;
    case 'extended':
      setExtended(change, at);
      break;
    case 'linked':
      linkSync(at, bytes(change.to));
      break;
    case 'renamed':
      rename(at, bytes(change.to), change.isExchange ? bytes('.aside') : undefined);
      break;
    case 'removed':
      if (change.kind === 'directory') rmdirSync(at);
      else unlinkSync(at);
      break;
    default:
  }
}

function rename(from: Buffer, to: Buffer, aside: Buffer | undefined): void {
  if (aside === undefined) renameSync(from, to);
  else {
    renameSync(from, aside);
    renameSync(to, from);
    renameSync(aside, to);
  }
}

function create(change: RecordedChange & { readonly what: 'created' }, at: Buffer): void {
  const { kind, mode, target, specialDevice } = change;
  if (kind === 'file') closeSync(openSync(at, 'wx', mode));
  else if (kind === 'directory') mkdirSync(at);
  else if (kind === 'symlink') symlinkSync(Buffer.from(target, 'latin1'), at);
  else if (kind === 'fifo' || kind === 'socket') execFileSync('mkfifo', [at.toString()]);
  else {
    const [major, minor] = [Math.floor(specialDevice / 2 ** 20), specialDevice % 2 ** 20];
    execFileSync('mknod', [at.toString(), kind === 'block' ? 'b' : 'c', String(major), String(minor)]);
  }
}

function setExtended({ name, value }: RecordedChange & { readonly what: 'extended' }, at: Buffer): void {
  const path = cString(at.toString('latin1'));
  const bytes = Buffer.from(value ?? '', 'base64');
  const result =
    value === null ? lremovexattr(path, cString(name)) : lsetxattr(path, cString(name), bytes, bytes.length, 0);
  if (result < 0) throw new Error(`cannot set ${name}: ${errnoName()}`);
}

function writeAt(path: Buffer, data: Buffer, offset: number): void {
  const file = openSync(path, constants.O_WRONLY);
  try {
    writeSync(file, data, 0, data.length, offset);
  } finally {
    closeSync(file);
  }
}

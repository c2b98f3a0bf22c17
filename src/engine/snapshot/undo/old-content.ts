// The old bytes that a change of a file is about to take away: block by block, only blocks that differ afterwards and have
// not been recorded before, adjacent ones in one record.
import type { OpenFile } from '../../../ports/files.ts';
import type { Identity } from '../../apply/replica/identity.ts';
import { blockBytes, type RecordedObject } from './recorded-objects.ts';
import type { BytesRecord, ZerosRecord } from './undo-records.ts';

/** What comes to a range: these bytes, zeros, or nothing at all (it is cut off). */
export type NewContent = Uint8Array | 'zeros' | 'nothing';

export interface ContentChange {
  readonly object: Identity;
  readonly touched: RecordedObject;
  /** The change, in bytes; `to` is exclusive and may lie behind the end. */
  readonly from: number;
  readonly to: number;
  readonly content: NewContent;
}

const pieceBytes = 2 ** 20;

/**
 * Hands on a record for everything that has to be kept. A block that was not recorded yet still holds what it held at the
 * snapshot, even while operations wait to be applied: those that change it have been recorded.
 */
export async function gatherOldContent(
  file: OpenFile,
  change: ContentChange,
  receive: (record: BytesRecord | ZerosRecord) => Promise<void>,
): Promise<void> {
  const end = Math.min(change.to, change.touched.size);
  const start = Math.floor(change.from / blockBytes) * blockBytes;
  if (start >= end) return;
  const lastBlockEnd = Math.min(Math.ceil(end / blockBytes) * blockBytes, change.touched.size);
  for await (const { from, to, isHole } of stretches(file, start, lastBlockEnd)) {
    if (isHole) await gatherHole(from, to, change, receive);
    else if (hasUntouchedBlock(change.touched, from, to)) {
      await gatherPiece(await file.read(from, to - from), from, change, receive);
    }
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly isHole: boolean;
}

/** Data in pieces that fit into memory, a hole in one. Borders of holes are those of blocks. */
async function* stretches(file: OpenFile, start: number, end: number): AsyncGenerator<Stretch, void> {
  // Asking where the data lies pays only for what may be mostly hole.
  const asks = end - start > pieceBytes;
  for (let from = start; from < end; ) {
    const data = asks ? await file.nextData(from) : { offset: from, length: end - from };
    const holeEnd = data === undefined ? end : Math.min(end, Math.floor(data.offset / blockBytes) * blockBytes);
    if (holeEnd > from) {
      yield { from, to: holeEnd, isHole: true };
      from = holeEnd;
    }
    if (data === undefined) continue;
    const dataEnd = Math.min(end, Math.ceil((data.offset + data.length) / blockBytes) * blockBytes);
    for (; from < dataEnd; from = Math.min(from + pieceBytes, dataEnd)) {
      yield { from, to: Math.min(from + pieceBytes, dataEnd), isHole: false };
    }
  }
}

/** Zeros are kept only where something else may come: where the range is cut off, or written to. */
async function gatherHole(
  from: number,
  to: number,
  change: ContentChange,
  receive: (record: ZerosRecord | BytesRecord) => Promise<void>,
): Promise<void> {
  if (change.content === 'zeros') return;
  const { blocks } = change.touched;
  const [first, end] = [from / blockBytes, Math.ceil(to / blockBytes)];
  if (blocks.hasRow(first, end)) return;
  if (change.content === 'nothing' && !blocks.hasSome(first, end)) {
    await receive({ type: 'zeros', object: change.object, offset: from, length: to - from });
    return;
  }
  if (to - from <= pieceBytes) {
    if (hasUntouchedBlock(change.touched, from, to)) await gatherPiece(Buffer.alloc(to - from), from, change, receive);
    return;
  }
  const middle = Math.floor((first + end) / 2) * blockBytes;
  await gatherHole(from, middle, change, receive);
  await gatherHole(middle, to, change, receive);
}

async function gatherPiece(
  old: Buffer,
  pieceStart: number,
  change: ContentChange,
  receive: (record: BytesRecord | ZerosRecord) => Promise<void>,
): Promise<void> {
  let run: { readonly start: number; end: number; readonly zeros: boolean } | undefined;
  const finish = async (): Promise<void> => {
    if (run === undefined) return;
    const { object } = change;
    const offset = pieceStart + run.start;
    if (run.zeros) await receive({ type: 'zeros', object, offset, length: run.end - run.start });
    else await receive({ type: 'bytes', object, offset, data: old.subarray(run.start, run.end) });
    run = undefined;
  };
  for (let at = 0; at < old.length; at += blockBytes) {
    const block = (pieceStart + at) / blockBytes;
    const bytes = old.subarray(at, at + blockBytes);
    if (change.touched.blocks.has(block) || !differs(bytes, pieceStart + at, change)) {
      await finish();
      continue;
    }
    const zeros = isZero(bytes);
    if (run && run.zeros !== zeros) await finish();
    if (run) run.end = at + bytes.length;
    else run = { start: at, end: at + bytes.length, zeros };
  }
  await finish();
}

/** Whether the change makes the block at an offset another one. */
function differs(old: Buffer, offset: number, { from, to, content }: ContentChange): boolean {
  if (content === 'nothing') return true;
  const start = Math.max(offset, from);
  const end = Math.min(offset + old.length, to);
  const changed = old.subarray(start - offset, end - offset);
  if (content === 'zeros') return !isZero(changed);
  return Buffer.compare(changed, content.subarray(start - from, end - from)) !== 0;
}

const zeroBlock = Buffer.alloc(blockBytes);

function isZero(bytes: Buffer): boolean {
  return bytes.equals(zeroBlock.subarray(0, bytes.length));
}

function hasUntouchedBlock({ blocks }: RecordedObject, from: number, to: number): boolean {
  for (let block = from / blockBytes; block * blockBytes < to; block += 1) {
    if (!blocks.has(block)) return true;
  }
  return false;
}

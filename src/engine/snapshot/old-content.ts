// The old bytes that a change of a file is about to take away: block by block, only blocks that differ afterwards and have
// not been recorded before, adjacent ones in one record.
import type { DataRange, OpenFile } from '../../ports/files.ts';
import type { Identity } from '../apply/identity.ts';
import { blockBytes, type TouchedObject } from './first-touch.ts';
import type { BytesRecord, ZerosRecord } from './undo-records.ts';

/** What comes to a range: these bytes, zeros, or nothing at all (it is cut off). */
export type NewContent = Uint8Array | 'zeros' | 'nothing';

export interface ContentChange {
  readonly object: Identity;
  readonly touched: TouchedObject;
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
  // Asking where the data lies pays only for what may be mostly hole.
  const ranges = end - start > pieceBytes ? await file.dataRanges() : undefined;
  for (let at = start; at < end; at += pieceBytes) {
    const pieceEnd = Math.min(at + pieceBytes, lastBlockEnd);
    if (!hasUntouchedBlock(change.touched, at, pieceEnd)) continue;
    const isHole = ranges !== undefined && !holdsData(ranges, at, pieceEnd);
    const old = isHole ? Buffer.alloc(pieceEnd - at) : await file.read(at, pieceEnd - at);
    await gatherPiece(old, at, change, receive);
  }
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

function hasUntouchedBlock({ blocks }: TouchedObject, from: number, to: number): boolean {
  for (let block = from / blockBytes; block * blockBytes < to; block += 1) {
    if (!blocks.has(block)) return true;
  }
  return false;
}

function holdsData(ranges: readonly DataRange[], from: number, to: number): boolean {
  return ranges.some((range) => range.offset < to && range.offset + range.length > from);
}

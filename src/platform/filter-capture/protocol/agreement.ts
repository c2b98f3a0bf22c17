// The first request: which protocol, and which of its features (FUSE_INIT; <linux/fuse.h>, where each flag is explained).
//
// Two features are never taken. With the write-back cache, the order of writes would be that of page flushing; with passthrough,
// writes would not be seen at all.
import { Failure } from '../../../base/failure.ts';
import type { ReplyView } from './reply-view.ts';
import { dataBytesMax, field, type RequestView } from './request-view.ts';

const majorVersion = 7;
/** The newest minor version whose meaning is known here; the kernel speaks what both know. */
const minorVersion = 45;
const minorVersionMin = 39;

const wantedFlags = {
  asyncRead: 1 << 0,
  atomicTruncate: 1 << 3,
  bigWrites: 1 << 5,
  unmaskedModes: 1 << 6,
  readFolderPlus: 1 << 13,
  readFolderPlusAuto: 1 << 14,
  asyncDirectIo: 1 << 15,
  parallelFolders: 1 << 18,
  accessControlLists: 1 << 20,
  maxPages: 1 << 22,
  cacheSymlinks: 1 << 23,
  openFolderUnasked: 1 << 24,
  killRights: 1 << 28,
  setExtendedLong: 1 << 29,
  longInit: 1 << 30,
} as const;
const wanted = Object.values(wantedFlags).reduce((all, flag) => all | flag, 0);
/** Without these the filter would do something wrong, so that it must not start. */
const needed =
  wantedFlags.atomicTruncate |
  wantedFlags.bigWrites |
  wantedFlags.unmaskedModes |
  wantedFlags.accessControlLists |
  wantedFlags.maxPages |
  wantedFlags.openFolderUnasked |
  wantedFlags.killRights |
  wantedFlags.setExtendedLong |
  wantedFlags.longInit;

const backgroundMax = 64;
const congestionAt = 48;
const pageBytes = 4096;
const initBytes = 64;

/** Writes the answer. Throws a Failure when the kernel lacks what the filter cannot do without. */
export function agree(request: RequestView, reply: ReplyView): void {
  const minor = request.word(field.initMinor);
  const flags = request.word(field.initFlags);
  if (request.word(field.initMinor - 1) !== majorVersion || minor < minorVersionMin || (flags & needed) !== needed)
    throw tooOld(`it speaks FUSE 7.${minor} without what is needed (flags 0x${(flags >>> 0).toString(16)})`);
  reply.bytes.fill(0, 16, 16 + initBytes);
  const at = (word: number): number => 16 + 4 * word;
  reply.setWord(at(0), majorVersion);
  reply.setWord(at(1), Math.min(minor, minorVersion));
  reply.setWord(at(2), request.word(field.initReadAhead));
  reply.setWord(at(3), flags & wanted);
  reply.setWord(at(4), backgroundMax | (congestionAt << 16));
  reply.setWord(at(5), dataBytesMax);
  reply.setWord(at(6), 1);
  reply.setWord(at(7), dataBytesMax / pageBytes);
  reply.finish(initBytes);
}

function tooOld(reason: string): Failure {
  return new Failure({
    code: 'FILTER-KERNEL-TOO-OLD',
    operation: 'filter a folder',
    subject: 'the kernel',
    reason,
    hint: 'Linux 6.6 or newer is needed; use another way of capture on this machine',
  });
}

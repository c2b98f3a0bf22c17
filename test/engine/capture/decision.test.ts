// What is to be done at a dirty place, case by case. Each row starts from a place at which the replica has what the workload
// has, and says what is different.
import { expect, test } from 'vitest';
import {
  decide,
  decideAfterLink,
  type InPlace,
  type KnownPlace,
  type Step,
} from '../../../src/engine/capture/decision.ts';
import { dirt } from '../../../src/engine/capture/dirty-paths.ts';
import type { ObjectKind, ObjectStatus } from '../../../src/model/stream/attributes.ts';

type Reason = keyof typeof dirt;
type Work = Step extends infer Each ? (Each extends Step ? Omit<Each, 'flags'> : never) : never;

interface Case {
  readonly place: string;
  readonly dirty: readonly Reason[];
  /** What stands there now. */
  readonly there: 'file' | 'directory' | 'symlink' | 'gone';
  /** Where it differs from an object that the stream has as it is. */
  readonly known?: Partial<KnownPlace>;
  readonly does: Work;
  /** Why the place is dirty afterwards, where that is something else. */
  readonly left?: readonly Reason[];
}

const asSent: KnownPlace = {
  hasName: true,
  hasParent: true,
  isDoubtful: false,
  hasOtherNames: false,
  isSameObject: true,
  isCurrent: true,
  looksSent: true,
};
/** The stream has nothing under this name, and has never seen the object. */
const unknown = { hasName: false, isSameObject: false, isCurrent: false, looksSent: false };
/** The stream has another object under this name. */
const another = { isSameObject: false, isCurrent: false, looksSent: false };
const changed = { isCurrent: false };
const rewritten = { isCurrent: false, looksSent: false };

const nothing: Work = { kind: 'nothing' };
const sendWhole: Work = { kind: 'whole', distrustCopy: false, removeFirst: false };
const sendContent: Work = { kind: 'in place', send: 'content' };
const sendAttributes: Work = { kind: 'in place', send: 'attributes' };
const replaceDirectory: Work = { kind: 'directory', itself: 'replace', scan: true };

const cases: readonly Case[] = [
  // Doubt
  { place: 'is not dirty', dirty: [], there: 'file', does: nothing },
  { place: 'was renamed, and nobody looked too early', dirty: ['doubtful'], there: 'file', does: nothing, left: [] },
  {
    place: 'was renamed after a look that may have been misled',
    dirty: ['doubtful'],
    there: 'file',
    known: { isDoubtful: true },
    does: { kind: 'whole', distrustCopy: true, removeFirst: false },
    left: ['appeared', 'scan', 'vanished'],
  },
  {
    place: 'was renamed, and the stream has nothing there',
    dirty: ['doubtful'],
    there: 'directory',
    known: unknown,
    does: replaceDirectory,
    left: ['appeared', 'scan', 'vanished'],
  },
  {
    place: 'was renamed without doubt, and written to',
    dirty: ['doubtful', 'content'],
    there: 'file',
    known: rewritten,
    does: sendContent,
    left: ['content'],
  },
  {
    place: 'was looked at too early, but no rename concerns it',
    dirty: ['attributes'],
    there: 'file',
    known: { isDoubtful: true },
    does: sendAttributes,
  },
  // Removals
  { place: 'is gone', dirty: ['vanished'], there: 'gone', does: { kind: 'remove' } },
  { place: 'is gone, and was told as changed', dirty: ['content'], there: 'gone', does: { kind: 'remove' } },
  {
    place: 'is gone, and its directory is not in the stream',
    dirty: ['vanished'],
    there: 'gone',
    known: { hasParent: false },
    does: { kind: 'remove' },
  },
  // The directory above
  {
    place: 'is new in a directory that the stream does not have',
    dirty: ['appeared'],
    there: 'file',
    known: { ...unknown, hasParent: false },
    does: { kind: 'parent first' },
    left: ['appeared', 'parentSent'],
  },
  {
    place: 'is new in a directory that was sent first and still is not in the stream',
    dirty: ['appeared', 'parentSent'],
    there: 'file',
    known: { ...unknown, hasParent: false },
    does: sendWhole,
  },
  // Unexplained objects
  {
    place: 'is another file than the stream has, told as written to',
    dirty: ['content'],
    there: 'file',
    known: another,
    does: { kind: 'wait' },
    left: ['content', 'awaited'],
  },
  {
    place: 'is a directory that the stream has not, told as changed',
    dirty: ['attributes'],
    there: 'directory',
    known: unknown,
    does: { kind: 'wait' },
    left: ['attributes', 'awaited'],
  },
  {
    place: 'is another file, and no explanation came',
    dirty: ['content', 'awaited'],
    there: 'file',
    known: another,
    does: sendWhole,
  },
  {
    place: 'is another directory, and no explanation came',
    dirty: ['attributes', 'awaited'],
    there: 'directory',
    known: another,
    does: replaceDirectory,
  },
  {
    place: 'is a directory where the stream has nothing, and no explanation came',
    dirty: ['attributes', 'awaited'],
    there: 'directory',
    known: unknown,
    does: replaceDirectory,
  },
  // Directories
  {
    place: 'is a new directory, made with entries',
    dirty: ['appeared', 'scan'],
    there: 'directory',
    known: unknown,
    does: { kind: 'directory', itself: 'send', scan: true },
  },
  {
    place: 'is a new directory whose entries are told of',
    dirty: ['appeared'],
    there: 'directory',
    known: unknown,
    does: { kind: 'directory', itself: 'send', scan: false },
  },
  {
    place: 'is a directory that the stream has, to be compared',
    dirty: ['appeared', 'scan'],
    there: 'directory',
    does: { kind: 'directory', itself: 'send', scan: true },
  },
  {
    place: 'is a new directory at the name of another object',
    dirty: ['appeared'],
    there: 'directory',
    known: another,
    does: replaceDirectory,
  },
  {
    place: 'is a directory that was away for a while',
    dirty: ['vanished'],
    there: 'directory',
    known: changed,
    does: replaceDirectory,
  },
  {
    place: 'is a directory of which only the attributes changed',
    dirty: ['attributes'],
    there: 'directory',
    known: changed,
    does: { kind: 'directory', itself: 'keep', scan: false },
  },
  // Looked at again
  {
    place: 'is a file in a directory that is compared, as it was sent',
    dirty: ['appeared', 'scan'],
    there: 'file',
    does: { kind: 'unchanged' },
  },
  {
    place: 'is a file in a directory that is compared, touched since',
    dirty: ['appeared', 'scan'],
    there: 'file',
    known: changed,
    does: sendWhole,
  },
  {
    place: 'is a file as it was sent, which was told to be written to as well',
    dirty: ['appeared', 'scan', 'content'],
    there: 'file',
    does: sendWhole,
  },
  { place: 'is a file as it was sent, told as new', dirty: ['appeared'], there: 'file', does: sendWhole },
  // Whole objects
  { place: 'is a new file', dirty: ['appeared'], there: 'file', known: unknown, does: sendWhole },
  {
    place: 'is a file that was replaced by another one',
    dirty: ['appeared'],
    there: 'file',
    known: another,
    does: sendWhole,
  },
  {
    place: 'is another file, and the old one is told to have gone',
    dirty: ['vanished'],
    there: 'file',
    known: another,
    does: { kind: 'whole', distrustCopy: true, removeFirst: false },
  },
  {
    place: 'is a new file at a name of a file that has others',
    dirty: ['appeared'],
    there: 'file',
    known: { ...another, hasOtherNames: true },
    does: { kind: 'whole', distrustCopy: false, removeFirst: true },
  },
  {
    place: 'is a file with other names whose copy is to be linked anew',
    dirty: ['appeared'],
    there: 'file',
    known: { ...changed, hasOtherNames: true },
    does: sendWhole,
  },
  {
    place: 'is a file that was away for a while',
    dirty: ['vanished'],
    there: 'file',
    known: changed,
    does: { kind: 'whole', distrustCopy: true, removeFirst: false },
  },
  {
    place: 'is a file with other names that was away for a while',
    dirty: ['vanished'],
    there: 'file',
    known: { ...changed, hasOtherNames: true },
    does: { kind: 'whole', distrustCopy: true, removeFirst: true },
  },
  {
    place: 'is a symbolic link told as written to',
    dirty: ['content'],
    there: 'symlink',
    known: rewritten,
    does: sendWhole,
  },
  // In place
  { place: 'is a file that was written to', dirty: ['content'], there: 'file', known: rewritten, does: sendContent },
  {
    place: 'is a file that was written to and has its old time and size',
    dirty: ['content'],
    there: 'file',
    known: changed,
    does: sendContent,
  },
  {
    place: 'is a file whose mode changed',
    dirty: ['attributes'],
    there: 'file',
    known: changed,
    does: sendAttributes,
  },
  {
    place: 'is a file whose attributes changed, and its time or size too',
    dirty: ['attributes'],
    there: 'file',
    known: rewritten,
    does: sendContent,
  },
  {
    place: 'is a symbolic link whose times changed',
    dirty: ['attributes'],
    there: 'symlink',
    known: rewritten,
    does: sendAttributes,
  },
];

test.each(cases.map((one) => [one.place, one] as const))(
  'a place that %s',
  (_, { dirty, there, known, does, left }) => {
    const step = decide(flagsOf(dirty), there === 'gone' ? undefined : statusOf(there), { ...asSent, ...known });
    expect(step).toEqual({ ...does, flags: flagsOf(left ?? dirty) });
  },
);

test.each<[string, ObjectKind, readonly Reason[], Partial<KnownPlace>, InPlace | 'nothing']>([
  ['a file that only got a name', 'file', ['appeared'], asSent, 'nothing'],
  ['a file that was written to', 'file', ['appeared', 'content'], asSent, 'content'],
  ['a file whose mode changed', 'file', ['appeared', 'attributes'], asSent, 'attributes'],
  ['a file whose time or size changed, and nothing told so', 'file', ['appeared'], rewritten, 'content'],
  ['a device whose time changed, and nothing told so', 'block', ['appeared'], rewritten, 'attributes'],
])('sent as a link, %s', (_, kind, dirty, known, rest) => {
  expect(decideAfterLink(flagsOf(dirty), statusOf(kind), { ...asSent, ...known })).toBe(rest);
});

function flagsOf(reasons: readonly Reason[]): number {
  return reasons.reduce((flags, reason) => flags | dirt[reason], 0);
}

function statusOf(kind: ObjectKind): ObjectStatus {
  return {
    kind,
    mode: 0o644,
    userId: 0,
    groupId: 0,
    size: 0,
    allocatedBytes: 0,
    modifiedNs: 0n,
    changedNs: 0n,
    device: 1,
    inode: 1n,
    links: 1,
    specialDevice: 0,
  };
}

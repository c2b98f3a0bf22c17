// Decides what is to be done at a dirty place, from three things and nothing else: why the place is dirty, what stands there
// now, and what the stream knows of the name and of the object. Pure; place-sender.ts asks it and carries the step out.
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import { dirt, everything } from './dirty-paths.ts';

/** What the stream knows of a name and of the object that stands there now. Without an object what is said of it is false. */
export interface KnownPlace {
  /** The stream has something under this name. */
  readonly hasName: boolean;
  /** The stream has the directory above; always true of a root. */
  readonly hasParent: boolean;
  /** A rename that was told late may have put another object under this name in the stream (RecentLooks). */
  readonly isDoubtful: boolean;
  /** What the stream has under this name is a file that has other names there. */
  readonly hasOtherNames: boolean;
  /** The stream has this object under this name; always true of a root. */
  readonly isSameObject: boolean;
  /** Nothing has happened to the object or to its name since the stream put it here. */
  readonly isCurrent: boolean;
  /** The object has the size and the modification time with which it was sent. */
  readonly looksSent: boolean;
}

/** What is sent of an object that the replica has under this name. */
export type InPlace = 'content' | 'attributes';

type Work =
  | { readonly kind: 'nothing' }
  /** The name is gone: remove it in the replica. */
  | { readonly kind: 'remove' }
  /** The stream does not have the directory above: send that one, then come back. Done once for a place. */
  | { readonly kind: 'parent first' }
  /**
   * Another object stands here than the stream has, and no notification has said how that came: it is on its way, and what
   * was reported may have moved away with the old object. Wait for it, then come back. Done once for a place.
   */
  | { readonly kind: 'wait' }
  /** The object is what the stream has; only the times of its directory may have changed. */
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'directory';
      /** `replace`: nothing of what the replica has here may stay. `keep`: the replica has it; only its attributes follow. */
      readonly itself: 'replace' | 'send' | 'keep';
      /** Look at everything in it. */
      readonly scan: boolean;
    }
  | {
      /** Of anything but a directory: send it whole, or as a link. */
      readonly kind: 'whole';
      /** The replica may have lost its copy: nothing may be linked to it, or left out because it was sent before. */
      readonly distrustCopy: boolean;
      /** Remove what the replica has here first: writing into it would write into its other names. */
      readonly removeFirst: boolean;
    }
  | { readonly kind: 'in place'; readonly send: InPlace };

/** `flags`: the reasons for dirt that are left once doubt is settled; a place that is come back to is dirty with these. */
export type Step = { readonly flags: number } & Work;

export function decide(reported: number, status: ObjectStatus | undefined, known: KnownPlace): Step {
  const flags = settleDoubt(reported, known);
  if (flags === 0) return { kind: 'nothing', flags };
  if (status === undefined) return { kind: 'remove', flags };
  if (!known.hasParent && (flags & dirt.parentSent) === 0) {
    return { kind: 'parent first', flags: flags | dirt.parentSent };
  }
  if (!known.isSameObject && (flags & (dirt.appeared | dirt.vanished | dirt.awaited)) === 0) {
    return { kind: 'wait', flags: flags | dirt.awaited };
  }
  const work = status.kind === 'directory' ? forDirectory(flags, known) : forOther(flags, status, known);
  return { ...work, flags };
}

/** What is still to be sent of an object that was sent as a link to another of its names: a link says nothing of content. */
export function decideAfterLink(flags: number, status: ObjectStatus, known: KnownPlace): InPlace | 'nothing' {
  const isChanged = (flags & (dirt.content | dirt.attributes)) !== 0 || !known.looksSent;
  return isChanged ? inPlace(flags, status, known) : 'nothing';
}

/** What a late rename left open (`doubtful`) becomes a reason to send the place whole, or none. */
function settleDoubt(flags: number, known: KnownPlace): number {
  if ((flags & dirt.doubtful) === 0) return flags;
  const doubtful = known.isDoubtful || !known.hasName;
  return (flags & ~dirt.doubtful) | (doubtful ? everything : 0);
}

function forDirectory(flags: number, known: KnownPlace): Work {
  const isNew = (flags & dirt.appeared) !== 0;
  // Where the stream has another directory nothing of that one may stay, and all of this one is new.
  const isReplaced = !known.isSameObject && (!isNew || known.hasName);
  if (isReplaced || (flags & dirt.vanished) !== 0) return { kind: 'directory', itself: 'replace', scan: true };
  return { kind: 'directory', itself: isNew ? 'send' : 'keep', scan: (flags & dirt.scan) !== 0 };
}

function forOther(flags: number, status: ObjectStatus, known: KnownPlace): Work {
  // Looked at for safety's sake alone.
  if (flags === (dirt.appeared | dirt.scan) && known.isCurrent) return { kind: 'unchanged' };
  const isNamed = (flags & (dirt.appeared | dirt.vanished)) !== 0;
  // The text of a symbolic link cannot be changed in place.
  const cannotChange = status.kind !== 'file' && (flags & dirt.content) !== 0;
  if (isNamed || !known.isSameObject || cannotChange) {
    const distrustCopy = (flags & dirt.vanished) !== 0;
    // Otherwise a file is written over the old one in place, so that the replica is never without it: "write anew and
    // rename" has no moment without the file either.
    const removeFirst = (distrustCopy || !known.isSameObject) && known.hasOtherNames;
    return { kind: 'whole', distrustCopy, removeFirst };
  }
  return { kind: 'in place', send: inPlace(flags, status, known) };
}

/** A write through another name that is gone by now may have been told as a change of attributes alone. */
function inPlace(flags: number, status: ObjectStatus, known: KnownPlace): InPlace {
  const content = status.kind === 'file' && ((flags & dirt.content) !== 0 || !known.looksSent);
  return content ? 'content' : 'attributes';
}

// Equal sizes and times prove nothing where the content has to be compared: a power failure takes bytes and leaves both, and a
// change gives its times to a copy that lacks what came before it.
import type { MirrorMethod } from '../../../model/stream/marker.ts';

/** The method itself, or the one that compares what it takes for equal. */
export function comparingContent(method: MirrorMethod): MirrorMethod {
  return comparesTimes(method) ? 'data-delta' : method;
}

/** The method, or the one that waits where only that one compares content. */
export function atLeast(method: MirrorMethod, waiting: MirrorMethod | undefined): MirrorMethod {
  return waiting !== undefined && comparesTimes(method) && !comparesTimes(waiting) ? waiting : method;
}

function comparesTimes(method: MirrorMethod): boolean {
  return method === 'attributes-delta' || method === 'attributes-whole';
}

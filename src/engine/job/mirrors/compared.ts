// Chooses mirror methods that compare content when equal sizes and times prove nothing: a power failure can lose bytes
// and keep size and times, and a change gives its times to a copy that lacks earlier changes.
import type { MirrorMethod } from '../../../model/stream/marker.ts';

/** The method itself, or for a method that compares only sizes and times, the one that compares content. */
export function comparingContent(method: MirrorMethod): MirrorMethod {
  return comparesTimes(method) ? 'data-delta' : method;
}

/** The method; but the waiting one when only the waiting one compares content. */
export function atLeast(method: MirrorMethod, waiting: MirrorMethod | undefined): MirrorMethod {
  return waiting !== undefined && comparesTimes(method) && !comparesTimes(waiting) ? waiting : method;
}

function comparesTimes(method: MirrorMethod): boolean {
  return method === 'attributes-delta' || method === 'attributes-whole';
}

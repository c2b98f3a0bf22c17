// Splits the list of places that were in the replica before the first mirror into markers of bounded size.
import type { KeptPlace, Marker } from '../../../model/stream/marker.ts';

/** The most bytes of places in one marker, as JSON in the worst case. */
const bytesMax = 1024 * 1024;

export function* keptMarkers(places: readonly KeptPlace[]): Generator<Marker> {
  let [from, to] = [0, 0];
  do {
    for (let bytes = 0; to < places.length && bytes < bytesMax; to += 1)
      bytes += 32 + 6 * (places[to]?.path.length ?? 0);
    yield { type: 'kept', places: places.slice(from, to), first: from === 0, last: to === places.length };
    from = to;
  } while (to < places.length);
}

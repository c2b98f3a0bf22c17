// Counts the bytes that a source has sent, those of mirrors apart from those of changes: the records of its streams, without
// the markers. What a mirror's walk puts into the stream is the mirror's; all other records are changes. A record that is
// sent again over a new link counts once. Heartbeats and other messages are no records. The counts grow as long as the job
// is open (guide, ch. 6, Bytes sent).
import type { RecordBatch } from '../../../wire/operations-frame.ts';
import { isMarker } from '../../../wire/records/operation-codec.ts';

/** Bytes of records before compression, and what they took on the wire. Without compression these are the same. */
export interface ByteCount {
  readonly sentBytes: number;
  readonly transmittedBytes: number;
}

/** While a mirror walks, nothing but its own operations enters the stream: those after `begin` and up to `end`. */
interface Walk {
  readonly streamId: string;
  readonly begin: number;
  end: number;
}

const none: ByteCount = { sentBytes: 0, transmittedBytes: 0 };

export class SentBytes {
  #streamId = '';
  /** Sequence of the last counted record. */
  #last = 0;
  #walks: Walk[] = [];
  #mirrors = none;
  #changes = none;

  get mirrors(): ByteCount {
    return this.#mirrors;
  }

  get changes(): ByteCount {
    return this.#changes;
  }

  /** A mirror walks: until `walkEnds`, all records in the stream are its own. A walk before it has ended here at the latest. */
  walkBegins(streamId: string, begin: number): void {
    const last = this.#walks.at(-1);
    if (last?.streamId === streamId) last.end = Math.min(last.end, begin);
    this.#walks = this.#walks.filter((walk) => walk.streamId === streamId && !this.#isSent(walk));
    this.#walks.push({ streamId, begin, end: Number.POSITIVE_INFINITY });
  }

  walkEnds(end: number): void {
    const walk = this.#walks.at(-1);
    if (walk !== undefined) walk.end = Math.min(walk.end, end);
  }

  /** These records were handed to a link, as `wireBytes` bytes. */
  take(streamId: string, { firstSequence, records }: RecordBatch, wireBytes: number): void {
    if (streamId !== this.#streamId) this.#last = 0;
    this.#streamId = streamId;
    let plainBytes = 0;
    for (const record of records) plainBytes += record.length;
    let mirrored = 0;
    let changed = 0;
    for (const [offset, record] of records.entries()) {
      const sequence = firstSequence + offset;
      if (sequence <= this.#last) continue;
      this.#last = sequence;
      if (isMarker(record)) continue;
      if (this.#isOfWalk(sequence)) mirrored += record.length;
      else changed += record.length;
    }
    const onWire = (bytes: number): number => Math.round((wireBytes * bytes) / plainBytes);
    this.#mirrors = plus(this.#mirrors, mirrored, onWire(mirrored));
    this.#changes = plus(this.#changes, changed, onWire(changed));
  }

  #isSent({ streamId, end }: Walk): boolean {
    return streamId === this.#streamId && end <= this.#last;
  }

  #isOfWalk(sequence: number): boolean {
    return this.#walks.some(
      ({ streamId, begin, end }) => streamId === this.#streamId && sequence > begin && sequence <= end,
    );
  }
}

function plus({ sentBytes, transmittedBytes }: ByteCount, sent: number, transmitted: number): ByteCount {
  return { sentBytes: sentBytes + sent, transmittedBytes: transmittedBytes + transmitted };
}

// Counts the bytes of changes that a source has sent: records of its stream without those of a mirror's walk, because a
// mirror counts its own. A record that is sent again over a new link counts once. Nothing is compressed yet, so the
// bytes sent are also the bytes transmitted.
import type { RecordBatch } from '../../../wire/operations-frame.ts';
import { isMarker } from '../../../wire/records/operation-codec.ts';

/** While a mirror walks, nothing but its own operations enters the stream: those after `begin` and up to `end`. */
interface Walk {
  readonly streamId: string;
  readonly begin: number;
  end: number;
}

export class SentBytes {
  #streamId = '';
  /** Sequence of the last counted record. */
  #last = 0;
  #walks: Walk[] = [];
  #changes = 0;

  get changes(): number {
    return this.#changes;
  }

  /** A mirror walks: until `walkEnds`, all records in the stream are its own. */
  walkBegins(streamId: string, begin: number): void {
    this.#walks = this.#walks.filter((walk) => walk.streamId === this.#streamId && walk.end > this.#last);
    this.#walks.push({ streamId, begin, end: Number.POSITIVE_INFINITY });
  }

  walkEnds(end: number): void {
    const walk = this.#walks.at(-1);
    if (walk !== undefined) walk.end = end;
  }

  take(streamId: string, { firstSequence, records }: RecordBatch): void {
    if (streamId !== this.#streamId) this.#last = 0;
    this.#streamId = streamId;
    for (const [offset, record] of records.entries()) {
      const sequence = firstSequence + offset;
      if (sequence <= this.#last) continue;
      this.#last = sequence;
      if (!isMarker(record) && !this.#isOfWalk(sequence)) this.#changes += record.length;
    }
  }

  #isOfWalk(sequence: number): boolean {
    return this.#walks.some(
      ({ streamId, begin, end }) => streamId === this.#streamId && sequence > begin && sequence <= end,
    );
  }
}

// What goes from a source to a target: in no second more than the limit that an operator has set, and no operations while it is
// paused. Looked at where bytes enter the network; of what was asked for while a call was under way nothing is known.
import { type Frame, FrameDecoder } from '../../../wire/frame-codec.ts';
import type { MemoryLink } from '../../memory/memory-link.ts';
import { Broken } from '../../world/broken.ts';
import type { ObservedStage, StagedJob } from '../observed-stage.ts';

/** A part of a batch that had begun to leave may be the last of it. */
const graceMs = 1000;

interface Line {
  /** Bytes per second. */
  limit: number | undefined;
  isPaused: boolean;
  /** Monotonic milliseconds since which this holds. */
  sinceMs: number;
  /** What was sent within the last second. */
  sent: { readonly ms: number; readonly bytes: number }[];
}

export class LineWatch {
  readonly #stage: ObservedStage;
  readonly #lines = new Map<string, Line>();
  readonly #decoders = new WeakMap<MemoryLink, FrameDecoder>();

  constructor(stage: ObservedStage) {
    this.#stage = stage;
    stage.world.network.onSent = (link, bytes) => this.#sent(link, bytes);
  }

  /** Nothing is known of the line any more: something is asked for that changes it, or the jobs on it are others. */
  forget({ source, target }: StagedJob): void {
    this.#lines.delete(keyOf(source, target));
  }

  /** The source has answered that this holds from now on. */
  holds({ source, target }: StagedJob, limit: number | undefined, isPaused: boolean): void {
    const sinceMs = this.#stage.world.clock.monotonicMs();
    this.#lines.set(keyOf(source, target), { limit, isPaused, sinceMs, sent: [] });
  }

  #sent(link: MemoryLink, bytes: Uint8Array): void {
    const frames = this.#framesOf(link, bytes);
    const line = this.#lines.get(keyOf(link.ownerName, link.peer.name));
    if (line === undefined) return;
    const ms = this.#stage.world.clock.monotonicMs();
    if (line.isPaused && ms > line.sinceMs + graceMs && frames.some(({ type }) => type === 'operations')) {
      this.#broken(link, 'operations are sent while it is paused');
    }
    if (line.limit === undefined) return;
    line.sent = [...line.sent.filter((one) => one.ms >= ms - 1000), { ms, bytes: bytes.length }];
    const sum = line.sent.reduce((total, one) => total + one.bytes, 0);
    if (sum > line.limit) this.#broken(link, `${sum} bytes are sent in a second, and ${line.limit} may be`);
  }

  #framesOf(link: MemoryLink, bytes: Uint8Array): readonly Frame[] {
    const decoder = this.#decoders.get(link) ?? new FrameDecoder();
    this.#decoders.set(link, decoder);
    return decoder.push(Buffer.from(bytes));
  }

  #broken(link: MemoryLink, what: string): void {
    this.#stage.defect ??= new Broken('bounds', `from ${link.ownerName} to ${link.peer.name}: ${what}`);
  }
}

function keyOf(source: string, target: string): string {
  return `${source} ${target}`;
}

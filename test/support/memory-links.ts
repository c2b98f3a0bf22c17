// Two ends of a link in memory, for tests of what speaks over it.
import type { Link } from '../../src/ports/network.ts';
import { MemoryNetwork } from '../../src/simulator/memory/memory-network.ts';
import { encodeFrame, type Frame, FrameDecoder, type FrameType } from '../../src/wire/frame-codec.ts';

export interface LinkPair {
  readonly network: MemoryNetwork;
  /** As alpha, which dialled, sees it. */
  readonly alpha: Link;
  readonly beta: Link;
}

export async function linkPair(): Promise<LinkPair> {
  const network = new MemoryNetwork();
  let beta: Link | undefined;
  await network.server('beta').listen(
    (link) => {
      beta = link;
    },
    () => undefined,
  );
  const alpha = await network.server('alpha').connect('beta');
  if (beta === undefined) throw new Error('nobody accepted the link');
  return { network, alpha, beta };
}

/** A peer that says what a test wants and keeps what it hears. */
export class PlainPeer {
  readonly heard: Frame[] = [];
  closed: string | undefined;
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
    const decoder = new FrameDecoder();
    link.listen({
      data: (bytes) => void this.heard.push(...decoder.push(bytes)),
      closed: (reason) => {
        this.closed = reason;
      },
    });
  }

  say(type: FrameType, payload: Uint8Array = Buffer.alloc(0)): void {
    for (const piece of encodeFrame(type, payload)) this.#link.send(piece);
  }

  sayBytes(bytes: Uint8Array): void {
    this.#link.send(bytes);
  }

  types(): string[] {
    return this.heard.map(({ type }) => type);
  }

  /** Payloads of the frames of one type, as text. */
  texts(type: FrameType): string[] {
    return this.heard.filter((frame) => frame.type === type).map(({ payload }) => payload.toString('utf8'));
  }
}

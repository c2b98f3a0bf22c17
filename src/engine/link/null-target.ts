// The target of a throughput diagnosis (guide, ch. 4, TDU): it lies in the process of the source, answers as a target with an
// empty replica does, and lets go of every byte that it takes. Nothing crosses a network, and nothing is written.
//
// It remembers how far the stream has come as long as the job is open, as a target would over the end of a link.
import { asFailure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { TargetDataState } from '../../model/job.ts';
import type { Marker } from '../../model/stream/marker.ts';
import type { StreamPosition } from '../../model/stream/position.ts';
import type { Link, LinkListener, Network } from '../../ports/network.ts';
import {
  acknowledgeSchema,
  decodeControl,
  encodeControl,
  helloSchema,
  type Notice,
  noticeSchema,
  requestSchema,
  welcomeSchema,
  wireVersions,
} from '../../wire/control-messages.ts';
import { encodeFrame, type Frame, FrameDecoder, type FrameType } from '../../wire/frame-codec.ts';
import { decodeOperations } from '../../wire/operations-frame.ts';
import { encodeListing } from '../../wire/records/listing-codec.ts';
import { decodeOperation, isMarker } from '../../wire/records/operation-codec.ts';
import { encodeResponse } from '../../wire/response-codec.ts';

/** Of an empty listing. */
const listingBytes = 1024;

export class NullTarget implements Pick<Network, 'connect'> {
  readonly #clock: Clock;
  #position: StreamPosition | null = null;
  #state: TargetDataState = 'Mirror Required';
  #mirrors = 0;
  #unread = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async connect(peerName: string): Promise<Link> {
    return new NullLink(peerName, this.#clock, (frame, send) => this.#take(frame, send));
  }

  #take({ type, payload }: Frame, send: Send): void {
    if (type === 'hello') this.#welcome(payload, send);
    else if (type === 'operations') this.#count(payload, send);
    else if (type === 'request') {
      const { id, path, type: asked } = decodeControl(requestSchema, payload, 'request');
      const isRoot = asked === 'list' && path === '';
      const answer = isRoot ? encodeListing([], 0, listingBytes).bytes : Buffer.alloc(0);
      send('response', encodeResponse({ id, outcome: isRoot ? 'answered' : 'missing', next: 0, answer }));
    } else if (type === 'heartbeat') send('heartbeat', Buffer.alloc(0));
    else if (type === 'notice') {
      const notice = decodeControl(noticeSchema, payload, 'notice');
      if (notice.type !== 'unread') return;
      this.#unread = notice.unread;
      this.#tellState(send);
    }
  }

  #welcome(payload: Buffer, send: Send): void {
    const { epoch, streamId } = decodeControl(helloSchema, payload, 'hello');
    if (this.#position?.streamId !== streamId) this.#position = { streamId, sequence: 0, checksum: 0n };
    const position = this.#position;
    const welcome = { version: wireVersions[1], epoch, position, applied: position.sequence, state: this.#state };
    send('welcome', encodeControl(welcomeSchema, welcome));
    tell(send, { type: 'tasks-told' });
    this.#tellState(send);
  }

  /** Takes a batch as durable and applied; of what is in it only the markers of mirrors count. */
  #count(payload: Buffer, send: Send): void {
    const { firstSequence, records, checksumAfter } = decodeOperations(payload);
    for (const record of records) {
      if (!isMarker(record)) continue;
      const { operation } = decodeOperation(record);
      if (operation.kind === 'marker') this.#pass(operation.marker, send);
    }
    const sequence = firstSequence + records.length - 1;
    this.#position = { streamId: this.#position?.streamId ?? '', sequence, checksum: checksumAfter };
    send('acknowledge', encodeControl(acknowledgeSchema, { durable: sequence, applied: sequence }));
  }

  #pass(marker: Marker, send: Send): void {
    if (marker.type === 'mirror-begin') this.#state = 'Mirroring';
    else if (marker.type === 'mirror-end') {
      const isWhole = marker.outcome === 'completed';
      this.#mirrors += isWhole ? 1 : 0;
      this.#state = isWhole ? 'OK' : 'Mirror Required';
    } else return;
    this.#tellState(send);
  }

  #tellState(send: Send): void {
    tell(send, { type: 'state', state: this.#state, mirrors: this.#mirrors, kept: 0, unread: this.#unread });
  }
}

type Send = (type: FrameType, payload: Uint8Array | readonly Uint8Array[]) => void;

function tell(send: Send, notice: Notice): void {
  send('notice', encodeControl(noticeSchema, notice));
}

/** The source's end of a link whose other end is a function. */
class NullLink implements Link {
  readonly peer: Link['peer'];
  readonly #clock: Clock;
  readonly #take: (frame: Frame, send: Send) => void;
  readonly #decoder = new FrameDecoder();
  #listener: LinkListener | undefined;
  /** What is to be delivered at the next turn. */
  #answers: Buffer[] = [];
  #closedReason: string | undefined;

  constructor(name: string, clock: Clock, take: (frame: Frame, send: Send) => void) {
    this.peer = { name, fingerprint: '' };
    this.#clock = clock;
    this.#take = take;
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
  }

  send(bytes: Uint8Array): boolean {
    if (this.#closedReason !== undefined) return true;
    try {
      for (const frame of this.#decoder.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
        this.#take(frame, (type, payload) => this.#answer(encodeFrame(type, payload)));
      }
    } catch (thrown) {
      this.close(asFailure(thrown, 'take a frame', this.peer.name).message);
    }
    return true;
  }

  async drained(): Promise<void> {
    // A turn of the event loop, so that a busy stream lets others have theirs.
    await new Promise<void>((resolve) => this.#clock.after(0, resolve));
  }

  close(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#closedReason = reason;
    this.#clock.after(0, () => this.#listener?.closed(reason));
  }

  #answer(pieces: readonly Buffer[]): void {
    if (this.#answers.length === 0) this.#clock.after(0, () => this.#deliver());
    this.#answers.push(...pieces);
  }

  #deliver(): void {
    const answers = this.#answers;
    this.#answers = [];
    for (const bytes of answers) if (this.#closedReason === undefined) this.#listener?.data(bytes);
  }
}

// The source's end of one link: shakes hands, sends the stream in order within a window of unacknowledged bytes, asks about
// the replica, and hands notices to the job. It lives as long as its channel; the next link is another one.
import { Failure } from '../../base/failure.ts';
import type { RawPath } from '../../base/raw-path.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Signal } from '../../base/waiting/signal.ts';
import type { BlockHashes, ReplicaEntry } from '../../model/stream/listing.ts';
import type { StreamTask } from '../../model/stream/task.ts';
import type { Peer } from '../../ports/network.ts';
import {
  type Acknowledge,
  acknowledgeSchema,
  cancelSince,
  decodeControl,
  encodeControl,
  encodeHeartbeat,
  type Hello,
  helloSchema,
  type Notice,
  noticeSchema,
  optionsSince,
  partsSince,
  type ReplicaRequest,
  refuseSchema,
  requestSchema,
  type Welcome,
  welcomeSchema,
  wireVersions,
} from '../../wire/control-messages.ts';
import type { Frame } from '../../wire/frame-codec.ts';
import { encodeOperations, type RecordBatch, recordBytesOf } from '../../wire/operations-frame.ts';
import { decodeBlockHashes, decodeListing } from '../../wire/records/listing-codec.ts';
import { decodeOperation, isLargeWrite, isMarker } from '../../wire/records/operation-codec.ts';
import { decodeResponse, type Response } from '../../wire/response-codec.ts';
import { advance } from '../../wire/stream-checksum.ts';
import type { SourceQueue } from '../queue/source-queue.ts';
import type { Channel } from './channel.ts';
import { jobWaiting } from './greeting.ts';
import { LinkRefusal } from './link-refusal.ts';
import type { Route } from './route/route.ts';

/** Bytes on their way that the target has not acknowledged. */
const windowBytes = 16 * 1024 * 1024;

export interface SourceLinkHandler {
  acknowledged(acknowledge: Acknowledge): void;
  notice(notice: Notice): void;
  /** These records were handed to the link, as so many bytes. */
  sent(batch: RecordBatch, wireBytes: number): void;
  /** Runs what a task does just before it is sent; resolves when it may be. */
  beforeTransmit(task: StreamTask): Promise<void>;
}

interface Pending {
  readonly resolve: (response: Response) => void;
  readonly reject: (failure: Failure) => void;
}

export class SourceLink {
  readonly #channel: Channel;
  readonly #route: Route;
  readonly #clock: Clock;
  readonly #handler: SourceLinkHandler;
  readonly #pending = new Map<number, Pending>();
  readonly #progress = new Signal();
  /** Batches on their way: last sequence and bytes. */
  #unacknowledged: { readonly last: number; readonly bytes: number }[] = [];
  #unacknowledgedBytes = 0;
  /** Sequence of the last operation handed to the channel, or agreed on at the welcome. */
  #sent = 0;
  #nextRequest = 1;
  #welcomed: ((answer: Frame) => void) | undefined;
  /** Of the wire, as it was agreed. */
  #version = 0;
  #closedReason: string | undefined;
  #reportClosed: (reason: string) => void = () => undefined;
  readonly #closed = new Promise<string>((resolve) => {
    this.#reportClosed = resolve;
  });
  #queue: SourceQueue | undefined;

  /** `route` says how much goes into a batch, and how it is compressed. */
  constructor(channel: Channel, clock: Clock, handler: SourceLinkHandler, route: Route) {
    this.#channel = channel;
    this.#route = route;
    this.#clock = clock;
    this.#handler = handler;
  }

  get isOpen(): boolean {
    return this.#closedReason === undefined;
  }

  get peer(): Peer {
    return this.#channel.peer;
  }

  /** Whether the target takes the options of the job. */
  get takesOptions(): boolean {
    return this.#version >= optionsSince;
  }

  /** Whether the target can be told that a task is cancelled. */
  get takesCancels(): boolean {
    return this.#version >= cancelSince;
  }

  /** Resolves with why the link closed, once it has. */
  closed(): Promise<string> {
    return this.#closed;
  }

  close(reason: string): void {
    this.#channel.close(reason);
  }

  /** Says hello and returns the welcome. Rejects with the target's refusal, or `LINK-LOST`. */
  async greet(hello: Omit<Hello, 'versions'>): Promise<Welcome> {
    const answered = new Promise<Frame>((resolve) => {
      this.#welcomed = resolve;
    });
    this.#channel.open({
      frame: (frame) => this.#take(frame),
      closed: (reason) => this.#end(reason),
      heartbeat: () => this.#heartbeat(),
    });
    const versions: [number, number] = [wireVersions[0], wireVersions[1]];
    this.#channel.send('hello', encodeControl(helloSchema, { versions, ...hello }));
    const answer = await Promise.race([answered, this.closed()]);
    if (typeof answer === 'string') throw linkLost(this.#channel.peer.name, answer);
    if (answer.type === 'refuse') {
      const refusal = decodeControl(refuseSchema, answer.payload, 'refusal');
      const details = {
        code: refusal.code,
        operation: 'connect',
        subject: `${hello.job.replicationSet} to ${this.#channel.peer.name}`,
        reason: refusal.reason,
        hint: refusal.hint,
        retryable: refusal.code === jobWaiting,
      };
      throw new LinkRefusal(details, refusal.epoch, refusal.version);
    }
    const welcome = decodeControl(welcomeSchema, answer.payload, 'welcome');
    this.#channel.isCurrent = welcome.version >= partsSince;
    this.#version = welcome.version;
    return welcome;
  }

  /** Sends the stream from behind `after` on, until the link or the queue ends. `checksum` is the one at `after`. */
  async transmit(queue: SourceQueue, after: number, checksum: bigint): Promise<void> {
    this.#queue = queue;
    let sent = after;
    this.#sent = after;
    let sum = checksum;
    while (this.isOpen) {
      await this.#progress.until(() => !this.isOpen || this.#unacknowledgedBytes < windowBytes);
      if (this.#route.isPaused) await this.#channel.drained();
      if (!this.isOpen) return;
      const batch = await queue.read(sent, this.#route.batchBytes);
      if (batch === undefined) {
        if (!(await this.#hasMore(queue, sent))) return;
        continue;
      }
      const next = await this.#upToTask(batch, sum);
      if (!this.isOpen) return;
      if (!this.#channel.isCurrent && next.records.some(isLargeWrite)) throw this.#tooOld();
      sent = next.firstSequence + next.records.length - 1;
      this.#sent = sent;
      sum = next.checksumAfter;
      const bytes = next.records.reduce((total, record) => total + record.length, 0);
      this.#unacknowledged.push({ last: sent, bytes });
      this.#unacknowledgedBytes += bytes;
      const payload = encodeOperations(next, this.#route.settings.compression ?? undefined);
      this.#handler.sent(next, recordBytesOf(payload));
      if (!this.#channel.send('operations', payload)) await this.#channel.drained();
    }
  }

  #tooOld(): Failure {
    return new Failure({
      code: 'TARGET-TOO-OLD',
      operation: 'send writes of programs',
      subject: this.#channel.peer.name,
      reason: 'the server there is of an earlier version, which takes no write of more than 64 KB in one piece',
      hint: 'Install the present version there; everything waits until then. Or connect with CAPTURE WATCH.',
    });
  }

  /** Resolves with true once there is more to send, with false when the queue or the link is over. */
  async #hasMore(queue: SourceQueue, after: number): Promise<boolean> {
    let answer: boolean | undefined;
    void queue.waitForMore(after).then((more) => {
      answer = more;
      this.#progress.notify();
    });
    await this.#progress.until(() => answer !== undefined || !this.isOpen);
    return answer === true;
  }

  notify(notice: Notice): void {
    this.#channel.send('notice', encodeControl(noticeSchema, notice));
  }

  /** All entries of a directory of the replica as it is once `after` is applied. */
  async list(
    after: number,
    root: number,
    path: RawPath,
    hashed: boolean,
  ): Promise<readonly ReplicaEntry[] | undefined> {
    const entries: ReplicaEntry[] = [];
    for (let from = 0; ; ) {
      const response = await this.#ask({ type: 'list', id: this.#nextRequest, after, root, path, hashed, from });
      if (response.outcome === 'missing') return undefined;
      for (const entry of decodeListing(response.answer)) entries.push(entry);
      if (response.next === 0) return entries;
      from = response.next;
    }
  }

  async hashes(
    after: number,
    root: number,
    path: RawPath,
    first: number,
    count: number,
  ): Promise<BlockHashes | undefined> {
    const response = await this.#ask({ type: 'hashes', id: this.#nextRequest, after, root, path, first, count });
    return response.outcome === 'missing' ? undefined : decodeBlockHashes(response.answer);
  }

  async #ask(request: ReplicaRequest): Promise<Response> {
    this.#nextRequest += 1;
    if (this.#closedReason !== undefined) throw linkLost(this.#channel.peer.name, this.#closedReason);
    const answered = new Promise<Response>((resolve, reject) => this.#pending.set(request.id, { resolve, reject }));
    this.#channel.send('request', encodeControl(requestSchema, request));
    const response = await answered;
    if (response.outcome === 'failed') {
      throw new Failure({
        code: 'REPLICA-UNREADABLE',
        operation: 'look at the replica',
        subject: this.#channel.peer.name,
        reason: response.answer.toString('utf8'),
      });
    }
    return response;
  }

  /** The part of a batch that may go now: up to the next task with something to do on the source, or that task. */
  async #upToTask(batch: RecordBatch, checksumBefore: bigint): Promise<RecordBatch> {
    for (const [index, record] of batch.records.entries()) {
      if (!isMarker(record)) continue;
      const { operation } = decodeOperation(record);
      if (operation.kind !== 'marker' || operation.marker.type !== 'task') continue;
      const { onqueue, ontransmit } = operation.marker.task.actions;
      if (onqueue === undefined && ontransmit === undefined) continue;
      if (index > 0) return cut(batch, index, checksumBefore);
      await this.#handler.beforeTransmit(operation.marker.task);
      return cut(batch, 1, checksumBefore);
    }
    return batch;
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
      case 'refuse':
        this.#welcomed?.(frame);
        this.#welcomed = undefined;
        return;
      case 'acknowledge':
        this.#takeAcknowledge(decodeControl(acknowledgeSchema, frame.payload, 'acknowledgement'));
        return;
      case 'response': {
        const response = decodeResponse(frame.payload);
        this.#pending.get(response.id)?.resolve(response);
        this.#pending.delete(response.id);
        return;
      }
      case 'notice':
        this.#handler.notice(decodeControl(noticeSchema, frame.payload, 'notice'));
        return;
      case 'heartbeat':
        return;
      default:
        throw new Failure({
          code: 'FRAME-UNEXPECTED',
          operation: 'take a frame',
          subject: this.#channel.peer.name,
          reason: `a target does not send ${frame.type} frames`,
        });
    }
  }

  #takeAcknowledge(acknowledge: Acknowledge): void {
    if (acknowledge.durable > this.#sent || acknowledge.applied > acknowledge.durable) {
      throw new Failure({
        code: 'FRAME-REFUSED',
        operation: 'take an acknowledgement',
        subject: this.#channel.peer.name,
        reason: `it acknowledges operation ${Math.max(acknowledge.durable, acknowledge.applied)}, which was not sent`,
      });
    }
    let done = 0;
    for (const batch of this.#unacknowledged) {
      if (batch.last > acknowledge.durable) break;
      this.#unacknowledgedBytes -= batch.bytes;
      done += 1;
    }
    this.#unacknowledged = this.#unacknowledged.slice(done);
    this.#handler.acknowledged(acknowledge);
    this.#progress.notify();
  }

  #heartbeat(): Buffer {
    const state = this.#queue?.state;
    return encodeHeartbeat({ head: state?.head ?? 0, wallMs: this.#clock.wallMs(), queuedBytes: state?.bytes ?? 0 });
  }

  #end(reason: string): void {
    this.#closedReason = reason;
    this.#reportClosed(reason);
    for (const pending of this.#pending.values()) pending.reject(linkLost(this.#channel.peer.name, reason));
    this.#pending.clear();
    this.#progress.notify();
  }
}

function cut(batch: RecordBatch, count: number, checksumBefore: bigint): RecordBatch {
  const records = batch.records.slice(0, count);
  const checksumAfter = records.reduce((sum, record) => advance(sum, record), checksumBefore);
  return { firstSequence: batch.firstSequence, records, checksumAfter };
}

function linkLost(peer: string, reason: string): Failure {
  return new Failure({
    code: 'LINK-LOST',
    operation: 'talk to the target',
    subject: peer,
    reason,
    hint: 'The job goes on by itself when the link is back; `status con` shows it.',
    retryable: true,
  });
}

// The target's end of one link: checks every frame before anything of it is taken, makes operations durable, acknowledges
// them, runs what tasks do on receipt, and answers questions about the replica.
import { asFailure, Failure } from '../../base/failure.ts';
import { displayPath, isRawPath } from '../../base/raw-path.ts';
import type { ChangeOperation } from '../../model/stream/operation.ts';
import type { StreamTask } from '../../model/stream/task.ts';
import {
  acknowledgeSchema,
  decodeControl,
  decodeHeartbeat,
  encodeControl,
  type Heartbeat,
  type Notice,
  noticeSchema,
  type ReplicaRequest,
  requestSchema,
} from '../../wire/control-messages.ts';
import type { Frame } from '../../wire/frame-codec.ts';
import { decodeOperations, type RecordBatch } from '../../wire/operations-frame.ts';
import { decodeOperation } from '../../wire/records/operation-codec.ts';
import { encodeResponse, type Response } from '../../wire/response-codec.ts';
import type { Channel } from './channel.ts';

export interface TargetLinkHandler {
  /** Makes a batch durable; rejects when it does not follow on what came before. */
  store(batch: RecordBatch): Promise<void>;
  /** Runs what a task does on receipt; resolves when the stream may go on. */
  received(task: StreamTask): Promise<void>;
  answer(request: ReplicaRequest): Promise<Response>;
  notice(notice: Notice): void;
  heard(heartbeat: Heartbeat): void;
  closed(reason: string, bad: boolean): void;
  progress(): { readonly durable: number; readonly applied: number };
}

export class TargetLink {
  readonly #channel: Channel;
  readonly #handler: TargetLinkHandler;
  readonly #roots: number;

  constructor(channel: Channel, roots: number, handler: TargetLinkHandler) {
    this.#channel = channel;
    this.#roots = roots;
    this.#handler = handler;
  }

  get isOpen(): boolean {
    return this.#channel.isOpen;
  }

  open(): void {
    this.#channel.open({
      frame: (frame) => this.#take(frame),
      closed: (reason, bad) => this.#handler.closed(reason, bad),
      heartbeat: () => Buffer.alloc(0),
    });
  }

  notify(notice: Notice): void {
    this.#channel.send('notice', encodeControl(noticeSchema, notice));
  }

  acknowledge(): void {
    this.#channel.send('acknowledge', encodeControl(acknowledgeSchema, this.#handler.progress()));
  }

  close(reason: string): void {
    this.#channel.close(reason);
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'operations':
        await this.#takeOperations(frame);
        return;
      case 'request': {
        const request = decodeControl(requestSchema, frame.payload, 'request');
        if (!isRawPath(request.path)) throw this.#refused(`a request names the path ${displayPath(request.path)}`);
        void this.#handler.answer(request).then((response) => this.#channel.send('response', encodeResponse(response)));
        return;
      }
      case 'notice':
        this.#handler.notice(decodeControl(noticeSchema, frame.payload, 'notice'));
        return;
      case 'heartbeat':
        if (frame.payload.length > 0) this.#handler.heard(decodeHeartbeat(frame.payload));
        return;
      default:
        throw this.#refused(`a source does not send ${frame.type} frames here`);
    }
  }

  async #takeOperations(frame: Frame): Promise<void> {
    const batch = decodeOperations(frame.payload);
    const tasks: StreamTask[] = [];
    for (const record of batch.records) {
      const { operation } = decodeOperation(record);
      if (operation.kind !== 'marker') this.#checkRoots(operation);
      else if (operation.marker.type === 'task') tasks.push(operation.marker.task);
    }
    // The next frames need not wait until this one is durable, or each would cost a sync of its own; a task must.
    const stored = this.#handler.store(batch).then(() => this.acknowledge());
    if (tasks.length === 0) {
      stored.catch((thrown) => this.#notStored(thrown));
      return;
    }
    await stored;
    for (const task of tasks) await this.#handler.received(task);
  }

  #notStored(thrown: unknown): void {
    const failure = asFailure(thrown, 'store operations', this.#channel.peer.name);
    if (failure.code === 'STREAM-BROKEN') this.#channel.refuse(failure.message);
    else this.#channel.close(failure.message);
  }

  #checkRoots(operation: ChangeOperation): void {
    if (operation.root >= this.#roots) throw this.#refused(`an operation names root ${operation.root}`);
  }

  #refused(reason: string): Failure {
    return new Failure({ code: 'FRAME-REFUSED', operation: 'take a frame', subject: this.#channel.peer.name, reason });
  }
}

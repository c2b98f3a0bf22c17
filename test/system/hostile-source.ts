// A source that is trusted and means harm: it greets as it should and then sends whatever bytes it is given.
import type { RawPath } from '../../src/base/raw-path.ts';
import type { JobSpecification } from '../../src/model/job.ts';
import type { ChangeOperation, Operation } from '../../src/model/stream/operation.ts';
import type { Link, Network } from '../../src/ports/network.ts';
import {
  acknowledgeSchema,
  decodeControl,
  encodeControl,
  encodeHeartbeat,
  type Notice,
  noticeSchema,
  type ReplicaRequest,
  refuseSchema,
  requestSchema,
  type Welcome,
  welcomeSchema,
  wireVersions,
} from '../../src/wire/control-messages.ts';
import { encodeFrame, type Frame, FrameDecoder, type FrameType } from '../../src/wire/frame-codec.ts';
import { encodeOperations } from '../../src/wire/operations-frame.ts';
import { encodeOperation } from '../../src/wire/records/operation-codec.ts';
import { decodeResponse, type Response } from '../../src/wire/response-codec.ts';
import { advance } from '../../src/wire/stream-checksum.ts';

export const job: JobSpecification = {
  jobId: '01a00000-0000-7000-8000-000000000001',
  name: 'harm',
  replicationSet: 'harm',
  sourceServer: 'alpha',
  targetServer: 'beta',
  roots: [],
  rules: [],
  mirrorMethod: 'data-delta',
  orphans: 'delete',
};

export function frameOf(type: FrameType, payload: Uint8Array | readonly Uint8Array[]): Buffer {
  return Buffer.concat(encodeFrame(type, payload));
}

export const at = (path: string): { readonly root: number; readonly path: RawPath } => ({
  root: 0,
  path: path as RawPath,
});

const heartbeatFrame = frameOf('heartbeat', encodeHeartbeat({ head: 0, wallMs: 0, queuedBytes: 0 }));

export class HostileSource {
  readonly #link: Link;
  readonly #decoder = new FrameDecoder();
  readonly frames: Frame[] = [];
  /** How many times something was heard. */
  heardCount = 0;
  /** Of the link, once it has closed. */
  closedReason: string | undefined;
  sequence = 0;
  checksum = 0n;

  private constructor(link: Link) {
    this.#link = link;
    link.listen({
      data: (bytes) => {
        this.heardCount += 1;
        const frames = this.#decoder.push(bytes);
        this.frames.push(...frames);
        // Or the target would think it gone while it is slow itself.
        if (frames.some(({ type }) => type === 'heartbeat')) this.send(heartbeatFrame);
      },
      closed: (reason) => {
        this.closedReason = reason;
      },
    });
  }

  /** Greets beta for a job of this stream, and takes up where the target is. */
  static async greet(
    network: Network,
    roots: JobSpecification['roots'],
    streamId: string,
    jobId = job.jobId,
  ): Promise<HostileSource> {
    const source = await HostileSource.#sayHello(network, { ...job, roots, jobId }, streamId);
    const { position } = decodeControl(welcomeSchema, (await source.next('welcome')).payload, 'welcome') as Welcome;
    source.sequence = position?.sequence ?? 0;
    source.checksum = position?.checksum ?? 0n;
    return source;
  }

  /** Greets beta for a job that it does not want: the code of its refusal. */
  static async refusal(network: Network, roots: JobSpecification['roots'], jobId: string): Promise<string> {
    const source = await HostileSource.#sayHello(network, { ...job, name: jobId, roots, jobId }, 'a stream');
    return decodeControl(refuseSchema, (await source.next('refuse')).payload, 'refusal').code;
  }

  static async #sayHello(network: Network, one: JobSpecification, streamId: string): Promise<HostileSource> {
    const source = new HostileSource(await network.connect('beta'));
    const [lowest, highest] = wireVersions;
    const hello = {
      versions: [lowest, highest],
      capture: 'changes',
      jobId: one.jobId,
      epoch: 1,
      job: one,
      streamId,
      sourceName: 'alpha',
    };
    // As it is: it may be one that no honest source would send.
    source.send(frameOf('hello', Buffer.from(JSON.stringify(hello))));
    return source;
  }

  send(bytes: Uint8Array): void {
    this.#link.send(bytes);
  }

  close(): void {
    this.#link.close('done harm');
  }

  /** A well-formed frame of operations that follows on what was sent; with changes of its making, one that does not. */
  operations(
    operations: readonly Operation[],
    wrong: { readonly firstSequence?: number; readonly checksumAfter?: bigint } = {},
  ): Buffer {
    const records = operations.map((one) => encodeOperation(one, 0));
    const checksumAfter = records.reduce(advance, this.checksum);
    return frameOf(
      'operations',
      encodeOperations({ firstSequence: this.sequence + 1, records, checksumAfter, ...wrong }),
    );
  }

  /** Sends operations as an honest source would and waits until they are done with. */
  async apply(operations: readonly ChangeOperation[]): Promise<void> {
    const frame = this.operations(operations);
    this.checksum = operations.map((one) => encodeOperation(one, 0)).reduce(advance, this.checksum);
    this.sequence += operations.length;
    this.send(frame);
    for (;;) {
      const { payload } = await this.next('acknowledge');
      if (decodeControl(acknowledgeSchema, payload, 'acknowledgement').applied >= this.sequence) return;
    }
  }

  async ask(request: ReplicaRequest): Promise<Response> {
    this.send(frameOf('request', encodeControl(requestSchema, request)));
    return decodeResponse((await this.next('response')).payload);
  }

  notices(): Notice[] {
    return this.frames
      .filter(({ type }) => type === 'notice')
      .map(({ payload }) => decodeControl(noticeSchema, payload, 'notice'));
  }

  /** Takes the next frame of a type away; the others stay. */
  async next(type: FrameType): Promise<Frame> {
    for (;;) {
      const index = this.frames.findIndex((one) => one.type === type);
      const [frame] = index < 0 ? [] : this.frames.splice(index, 1);
      if (frame !== undefined) return frame;
      if (this.closedReason !== undefined) {
        const others = this.frames.map((one) => `${one.type} ${Buffer.from(one.payload).toString('latin1')}`);
        throw new Error(`the link closed before a ${type} frame: ${this.closedReason}; came: ${others.join(', ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async closed(): Promise<void> {
    while (this.closedReason === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

// What two servers say to each other while they pair: three JSON messages, each on one line, and what is proven.
//
//   accepting side  offer      its name, where its API listens, the salt of its pending code
//   dialling side   claim      its name, where it listens, where its API listens, proof
//   accepting side  agreement  proof
//
// Instead of an offer or an agreement the accepting side may send a refusal; it then closes. Version 1; the version is in
// the ALPN name (`understudy-pair/1`).
//
// What may go wrong: `PAIRING-FAILED`: the connection ends or takes too long, or what came is none of these messages.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { z } from 'zod';
import { hostPortShape } from '../../base/addresses/host-port.ts';
import { Failure } from '../../base/failure.ts';

/** The longest message has a few hundred bytes. */
const messageBytesMax = 4_096;
const proofShape = /^[0-9a-f]{64}$/;

const refusal = z.strictObject({ kind: z.literal('refusal'), reason: z.string().max(1_000) });
const address = z.string().max(300).regex(hostPortShape);

export const offerMessage = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('offer'),
    name: z.string().max(64),
    api: address.optional(),
    salt: z.string().regex(/^[0-9a-f]{32}$/),
  }),
  refusal,
]);
export const claimMessage = z.strictObject({
  kind: z.literal('claim'),
  name: z.string().max(64),
  address: address.optional(),
  api: address.optional(),
  proof: z.string().regex(proofShape),
});
export const agreementMessage = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('agreement'), proof: z.string().regex(proofShape) }),
  refusal,
]);

export type PairingMessage =
  | z.infer<typeof offerMessage>
  | z.infer<typeof claimMessage>
  | z.infer<typeof agreementMessage>;

/** Everything the two sides must agree on, each from its own point of view of the connection. */
export interface PairingTranscript {
  /** Keying material of this TLS connection; no other connection has the same. */
  readonly exporter: Buffer;
  readonly dialler: PairingSide;
  readonly acceptor: PairingSide;
}

export interface PairingSide {
  readonly name: string;
  readonly fingerprint: string;
  readonly address?: string | undefined;
  readonly api?: string | undefined;
}

/** 32 bytes of RFC 8446, section 7.5, under a label of our own. */
export function pairingExporter(socket: TLSSocket): Buffer {
  return socket.exportKeyingMaterial(32, 'EXPORTER-understudy-pair-1', Buffer.alloc(0));
}

/** Proof, by the given side, of knowing the key: HMAC-SHA-256 over its role and the whole transcript, in hexadecimal. */
export function pairingProof(key: Buffer, role: 'dialler' | 'acceptor', transcript: PairingTranscript): string {
  const { dialler, acceptor, exporter } = transcript;
  const sides = [dialler, acceptor].map(({ name, fingerprint, address: at, api }) => [
    name,
    fingerprint,
    at ?? null,
    api ?? null,
  ]);
  return createHmac('sha256', key)
    .update(JSON.stringify(['understudy-pair/1', role, exporter.toString('hex'), ...sides]))
    .digest('hex');
}

/** `presented` has the length of a proof: the message schemas see to it. */
export function isPairingProof(presented: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(presented), Buffer.from(expected));
}

export function sendPairingMessage(socket: TLSSocket, message: PairingMessage): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

/** The next message of the other side, which says nothing more until it has been answered. */
export async function receivePairingMessage<Message>(socket: TLSSocket, schema: z.ZodType<Message>): Promise<Message> {
  const line = await receiveLine(socket);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw pairingFailed('what the other side said is not JSON');
  }
  const message = schema.safeParse(value);
  if (!message.success) throw pairingFailed('what the other side said is none of the messages of this protocol');
  return message.data;
}

function receiveLine(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (): void => {
      socket.pause();
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
    };
    const onData = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      if (!text.endsWith('\n') && text.length <= messageBytesMax) return;
      settle();
      if (text.length > messageBytesMax) reject(pairingFailed('what the other side said is too long'));
      else resolve(Buffer.from(text, 'latin1').toString('utf8'));
    };
    const onEnd = (): void => {
      settle();
      reject(pairingFailed('the other side closed the connection'));
    };
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    socket.resume();
    if (socket.destroyed) onEnd();
  });
}

export function pairingFailed(reason: string): Failure {
  return new Failure({
    code: 'PAIRING-FAILED',
    operation: 'pair',
    subject: 'the connection',
    reason,
    hint: 'run understudy pair on the other server for a new code, and try again',
  });
}

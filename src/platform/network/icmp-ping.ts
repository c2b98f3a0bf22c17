// The ping port over the sockets of Linux: a ping socket (SOCK_DGRAM with IPPROTO_ICMP, icmp(7)), which needs no right but a
// group in net.ipv4.ping_group_range, and else a raw one, which needs CAP_NET_RAW. Either is connected, so that the kernel
// delivers only what that host sends.
//
// Nothing waits in the kernel: the socket is non-blocking and read by a timer, so the event loop goes on.
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { closeSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { ipBytes } from '../../base/addresses/ip-address.ts';
import { Failure } from '../../base/failure.ts';
import { type Clock, sleep } from '../../base/waiting/clock.ts';
import type { Ping } from '../../ports/ping.ts';
import { connect, errnoName, read, sendto, socket } from '../kernel/libc.ts';
import { type AddressFamily, echoRequest, isEchoReply } from './echo-packet.ts';

// <sys/socket.h> and <netinet/in.h>, the same on x86-64 and arm64.
const families = { 4: 2, 6: 10 } as const;
const protocols = { 4: 1, 6: 58 } as const;
const [datagram, raw] = [2, 3] as const;
const nonBlockingCloseOnExec = 0o4000 | 0o2000000;
const noSignal = 0x4000;

/** A request that is lost on the way must not count for a host that is gone. */
const resendMs = 1000;
/** How long until a reply is looked for, at first and at most. */
const [firstLookMs, lookMs] = [1, 20] as const;

interface EchoSocket {
  readonly descriptor: number;
  /** Of a raw socket for IPv4: what is read begins with the header of IPv4. */
  readonly hasHeader: boolean;
}

export class IcmpPing implements Ping {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async echo(host: string, signal: AbortSignal): Promise<string | undefined> {
    const found = await addressOf(host);
    if (typeof found === 'string') return found;
    const { family } = found;
    const echoSocket = openSocket(family, host);
    try {
      const address = socketAddress(family, found.address);
      if (connect(echoSocket.descriptor, address, address.length) < 0) return errnoName();
      return await this.#ask(family, echoSocket, signal);
    } finally {
      closeSync(echoSocket.descriptor);
    }
  }

  async #ask(family: AddressFamily, echoSocket: EchoSocket, signal: AbortSignal): Promise<string | undefined> {
    const token = randomBytes(16);
    const reply = Buffer.alloc(2048);
    const startMs = this.#clock.monotonicMs();
    let sent = 0;
    let waitMs: number = firstLookMs;
    while (!signal.aborted) {
      if (this.#clock.monotonicMs() - startMs >= sent * resendMs) {
        sent += 1;
        const request = echoRequest(family, sent, token);
        if (sendto(echoSocket.descriptor, request, request.length, noSignal, null, 0) < 0) return errnoName();
      }
      await sleep(this.#clock, waitMs, signal);
      waitMs = Math.min(waitMs * 2, lookMs);
      for (;;) {
        const length = Number(read(echoSocket.descriptor, reply, reply.length));
        if (length < 0 && errnoName() === 'EAGAIN') break;
        if (length < 0) return errnoName();
        if (isEchoReply(family, reply.subarray(0, length), token, echoSocket.hasHeader)) return undefined;
      }
    }
    return 'no echo came back';
  }
}

async function addressOf(host: string): Promise<{ readonly family: AddressFamily; readonly address: string } | string> {
  try {
    const { address, family } = await lookup(host);
    const inside = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
    return inside === undefined ? { address, family: family === 6 ? 6 : 4 } : { address: inside, family: 4 };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function openSocket(family: AddressFamily, host: string): EchoSocket {
  const open = (type: number): number => socket(families[family], type | nonBlockingCloseOnExec, protocols[family]);
  const ping = open(datagram);
  if (ping >= 0) return { descriptor: ping, hasHeader: false };
  const descriptor = open(raw);
  if (descriptor >= 0) return { descriptor, hasHeader: family === 4 };
  throw new Failure({
    code: 'PING-FORBIDDEN',
    operation: 'ask for an echo',
    subject: host,
    reason: `this process may open no ICMP socket: ${errnoName()}`,
    hint: 'Put its group into the range of sysctl net.ipv4.ping_group_range, or give it CAP_NET_RAW.',
  });
}

/** struct sockaddr_in, struct sockaddr_in6 */
function socketAddress(family: AddressFamily, address: string): Buffer {
  const [plain = '', zone] = address.split('%');
  const bytes = Buffer.alloc(family === 4 ? 16 : 28);
  bytes.writeUInt16LE(families[family], 0);
  bytes.set(ipBytes(plain) ?? [], family === 4 ? 4 : 8);
  if (zone !== undefined) bytes.writeUInt32LE(scopeOf(zone), 24);
  return bytes;
}

function scopeOf(zone: string): number {
  const ofInterface = networkInterfaces()[zone]?.find(({ family }) => family === 'IPv6');
  return ofInterface !== undefined && 'scopeid' in ofInterface ? (ofInterface.scopeid ?? 0) : Number(zone) || 0;
}

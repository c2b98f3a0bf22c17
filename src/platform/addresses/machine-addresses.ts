// The addresses of this machine, by calls to its kernel: adding one and telling the network takes a fraction of a millisecond,
// because no program is started for it. The process needs CAP_NET_ADMIN, and CAP_NET_RAW to ask and to tell.
import { closeSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import koffi from 'koffi';
import { Failure } from '../../base/failure.ts';
import { type Clock, sleep } from '../../base/waiting/clock.ts';
import type { Addresses, PlacedAddress } from '../../ports/addresses.ts';
import { errnoNameOf } from '../kernel/errno.ts';
import { cString, errnoName, ioctl, read, sendto, socket } from '../kernel/libc.ts';
import { announcementFrames, claimantIn, frameTypeFor, hardwareText, probeFrame } from './neighbour-frames.ts';
import { type AddressMessage, answerIn, encodeAddressMessage } from './route-messages.ts';

const libc = koffi.load('libc.so.6');
const interfaceIndex = libc.func('if_nametoindex', 'uint32', ['void *']);
const bind = libc.func('bind', 'int', ['int', 'void *', 'uint32']);

// <bits/socket.h>
const netlinkFamily = 16;
const packetFamily = 17;
const raw = 3;
const nonBlocking = 0o4000;
const closeOnExec = 0o2000000;
const frameBytesMax = 2048;
/** <linux/sockios.h>, <linux/if_arp.h> */
const getHardwareAddress = 0x8927;
const ethernet = 1;
const nameBytes = 16;

const probes = 3;
const probeEveryMs = 30;
const lookEveryMs = 5;

export class MachineAddresses implements Addresses {
  readonly #clock: Clock;
  #messages = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async list(): Promise<readonly PlacedAddress[]> {
    return Object.entries(networkInterfaces()).flatMap(([interfaceName, all = []]) =>
      all.map(({ address, cidr }) => ({ address, prefixBits: Number(cidr?.split('/')[1] ?? 0), interfaceName })),
    );
  }

  async holder(place: PlacedAddress): Promise<string | undefined> {
    const network = NetworkOf.open(place);
    if (network === undefined) return undefined;
    try {
      const own = hardwareText(network.hardware);
      for (let probe = 0; probe < probes; probe += 1) {
        network.send(probeFrame(place.address, network.hardware));
        for (let waited = 0; waited < probeEveryMs; waited += lookEveryMs) {
          await sleep(this.#clock, lookEveryMs);
          for (let frame = network.take(); frame !== undefined; frame = network.take()) {
            const claimant = claimantIn(frame, place.address);
            if (claimant !== undefined && claimant !== own) return claimant;
          }
        }
      }
      return undefined;
    } finally {
      network.close();
    }
  }

  async add(place: PlacedAddress): Promise<void> {
    this.#change('add', place, 'EEXIST');
  }

  async remove(place: PlacedAddress): Promise<void> {
    this.#change('remove', place, 'EADDRNOTAVAIL');
  }

  async announce(place: PlacedAddress): Promise<void> {
    const network = NetworkOf.open(place);
    if (network === undefined) return;
    try {
      for (const frame of announcementFrames(place.address, network.hardware)) network.send(frame);
    } finally {
      network.close();
    }
  }

  /** `harmless`: the kernel's word for a change that was made already. */
  #change(change: AddressMessage['change'], place: PlacedAddress, harmless: string): void {
    const { address, prefixBits } = place;
    this.#messages += 1;
    const number = this.#messages;
    const index = indexOf(place);
    const message = encodeAddressMessage({ change, address, prefixBits, index, number });
    const descriptor = check(socket(netlinkFamily, raw | closeOnExec, 0), place);
    try {
      const kernel = Buffer.alloc(12);
      kernel.writeUInt16LE(netlinkFamily, 0);
      check(Number(sendto(descriptor, message, message.length, 0, kernel, kernel.length)), place);
      const answer = Buffer.alloc(frameBytesMax);
      const length = check(Number(read(descriptor, answer, answer.length)), place);
      const error = answerIn(answer.subarray(0, length), number);
      if (error === undefined) throw refused(place, 'the kernel gave no answer');
      if (error !== 0 && errnoNameOf(error) !== harmless) throw refused(place, errnoNameOf(error));
    } finally {
      closeSync(descriptor);
    }
  }
}

/** The network of an interface, as frames about one address. */
class NetworkOf {
  readonly #place: PlacedAddress;
  readonly #descriptor: number;
  /** A struct sockaddr_ll: the interface, and the type of the frames. */
  readonly #link = Buffer.alloc(20);
  readonly #frame = Buffer.alloc(frameBytesMax);
  /** The six bytes of the interface. */
  readonly hardware: Buffer;

  private constructor(place: PlacedAddress, hardware: Buffer) {
    this.#place = place;
    this.hardware = hardware;
    this.#link.writeUInt16LE(packetFamily, 0);
    this.#link.writeUInt16BE(frameTypeFor(place.address), 2);
    this.#link.writeInt32LE(indexOf(place), 4);
    this.#descriptor = check(socket(packetFamily, raw | nonBlocking | closeOnExec, 0), place);
  }

  /** undefined for an interface that is no Ethernet, such as the loopback. */
  static open(place: PlacedAddress): NetworkOf | undefined {
    const hardware = hardwareOf(place);
    if (hardware === undefined) return undefined;
    const network = new NetworkOf(place, hardware);
    try {
      check(bind(network.#descriptor, network.#link, network.#link.length), place);
    } catch (thrown) {
      network.close();
      throw thrown;
    }
    return network;
  }

  send(frame: Buffer): void {
    check(Number(sendto(this.#descriptor, frame, frame.length, 0, this.#link, this.#link.length)), this.#place);
  }

  /** undefined when nothing has come; good until the next call. */
  take(): Buffer | undefined {
    const length = Number(read(this.#descriptor, this.#frame, this.#frame.length));
    return length > 0 ? this.#frame.subarray(0, length) : undefined;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function hardwareOf(place: PlacedAddress): Buffer | undefined {
  indexOf(place);
  const wish = Buffer.alloc(40);
  wish.write(place.interfaceName, 0, nameBytes - 1, 'latin1');
  const descriptor = check(socket(packetFamily, raw | closeOnExec, 0), place);
  try {
    check(ioctl(descriptor, getHardwareAddress, wish), place);
  } finally {
    closeSync(descriptor);
  }
  return wish.readUInt16LE(nameBytes) === ethernet ? wish.subarray(nameBytes + 2, nameBytes + 8) : undefined;
}

function indexOf({ address, interfaceName }: PlacedAddress): number {
  const index = interfaceIndex(cString(interfaceName));
  if (index !== 0) return index;
  throw new Failure({
    code: 'INTERFACE-MISSING',
    operation: 'change an address',
    subject: address,
    reason: `there is no network interface ${interfaceName}`,
    hint: 'ip link shows those there are.',
  });
}

function check(result: number, place: PlacedAddress): number {
  if (result >= 0) return result;
  throw refused(place, errnoName());
}

function refused({ address, interfaceName }: PlacedAddress, reason: string): Failure {
  return new Failure({
    code: 'ADDRESS-REFUSED',
    operation: 'change an address',
    subject: `${address} of ${interfaceName}`,
    reason,
    ...(reason === 'EPERM' ? { hint: 'The server needs the capabilities CAP_NET_ADMIN and CAP_NET_RAW.' } : {}),
  });
}

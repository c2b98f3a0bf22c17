// A socket to which a service manager wants to be told how a service is (sd_notify(3)): datagrams to a Unix socket, by path or,
// with an @ in front, by a name in the kernel's abstract namespace (unix(7)). Node.js has no datagrams over Unix sockets.
//
// A send never waits: whoever does not read loses what he is told, and is told again later.
import { closeSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import { errnoName, sendto, socket } from '../kernel/libc.ts';

// <sys/socket.h>, the same on x86-64 and arm64.
const unixFamily = 1;
const datagramCloseOnExec = 2 | 0o2000000;
const dontWaitNoSignal = 0x40 | 0x4000;
/** sizeof(sun_path) */
const pathBytesMax = 108;

export class NotifySocket {
  readonly #descriptor: number;
  readonly #address: Buffer;

  /** Fails with NOTIFY-SOCKET-UNUSABLE. Nothing is sent yet, so nobody needs to listen. */
  constructor(name: string) {
    this.#address = addressOf(name);
    this.#descriptor = socket(unixFamily, datagramCloseOnExec, 0);
    if (this.#descriptor < 0) throw unusable(name, errnoName());
  }

  /** Why it could not be sent, as the name of an error number; undefined when it was. */
  send(text: string): string | undefined {
    const bytes = Buffer.from(text, 'utf8');
    const sent = sendto(
      this.#descriptor,
      bytes,
      bytes.length,
      dontWaitNoSignal,
      this.#address,
      this.#address.length,
    ) as number;
    return sent < 0 ? errnoName() : undefined;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** A struct sockaddr_un: two bytes of the family, then the path; an abstract name begins with a NUL and ends where the address does. */
function addressOf(name: string): Buffer {
  if (!/^[@/]./.test(name)) throw unusable(name, 'it is neither a path nor a name with @ in front');
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`, 'utf8');
  if (path.length > pathBytesMax)
    throw unusable(name, `it is longer than the ${pathBytesMax - 1} bytes of such a name`);
  const family = Buffer.alloc(2);
  family.writeUInt16LE(unixFamily);
  return Buffer.concat([family, path]);
}

function unusable(name: string, reason: string): Failure {
  return new Failure({
    code: 'NOTIFY-SOCKET-UNUSABLE',
    operation: 'tell the service manager',
    subject: `NOTIFY_SOCKET=${name}`,
    reason,
  });
}

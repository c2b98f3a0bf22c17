// A service manager's end of a Unix datagram socket, which Node.js does not have: bound to a path, or with an @ in front to a name
// of the kernel's (sd_notify(3)).
import { closeSync } from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const socket = libc.func('socket', 'int', ['int', 'int', 'int']);
const bind = libc.func('bind', 'int', ['int', 'void *', 'uint32']);
const recv = libc.func('recv', 'int64', ['int', 'void *', 'size_t', 'int']);
const unixFamily = 1;
const datagram = 2;
const dontWait = 0x40;

export class DatagramReceiver {
  readonly #descriptor: number;

  constructor(name: string) {
    const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`);
    const address = Buffer.concat([Buffer.from([unixFamily, 0]), path]);
    this.#descriptor = socket(unixFamily, datagram, 0);
    if (bind(this.#descriptor, address, address.length) !== 0) throw new Error(`cannot bind a socket to ${name}`);
  }

  /** What has come since the last call, each as its lines. */
  received(): string[][] {
    const found: string[][] = [];
    const buffer = Buffer.alloc(4096);
    for (;;) {
      const length = Number(recv(this.#descriptor, buffer, buffer.length, dontWait));
      if (length < 0) return found;
      found.push(buffer.toString('utf8', 0, length).split('\n'));
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

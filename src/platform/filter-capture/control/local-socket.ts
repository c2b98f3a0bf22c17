// Sockets of the loop's thread, which has no event loop: local ones, that never block (unix(7)). Node's own would need one.
import { rmSync } from 'node:fs';
import koffi from 'koffi';
import { Failure } from '../../../base/failure.ts';
import { displayPath, rawBytes } from '../../../base/raw-path.ts';
import { errnoName, socket } from '../../kernel/libc.ts';
import { shortPath } from './short-path.ts';

const libc = koffi.load('libc.so.6');
const bind = libc.func('bind', 'int', ['int', 'void *', 'uint32']);
const listen = libc.func('listen', 'int', ['int', 'int']);
const accept4 = libc.func('accept4', 'int', ['int', 'void *', 'void *', 'int']);
const setsockopt = libc.func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32']);
const recv = libc.func('recv', 'int64', ['int', 'void *', 'size_t', 'int']);

const localFamily = 1; // AF_UNIX
const stream = 1; // SOCK_STREAM
const nonBlocking = 0o4000; // SOCK_NONBLOCK
const closeOnExec = 0o2000000; // SOCK_CLOEXEC
/** Of struct sockaddr_un, with the NUL at the end. */
const addressBytesMax = 108;
/** The source of a mount, which says where its filter listens, is a text of fsconfig(2): 255 bytes, with `understudy:PROCESS:` before. */
const pathBytesMax = 235;
const socketLevel = 1; // SOL_SOCKET
const sendBufferForced = 32; // SO_SNDBUFFORCE
/** An int: some large writes are handed on at once. */
const sendBuffer = Buffer.from(Int32Array.of(4 * 1024 * 1024).buffer);

/** A descriptor on which servers may call at this path, for the owner alone; what an earlier one left there is removed. Throws a Failure. */
export function listenAt(path: string): number {
  const bytes = rawBytes(path);
  if (bytes.length > pathBytesMax) {
    throw new Failure({
      code: 'PATH-TOO-LONG',
      operation: 'open the socket of a filter',
      subject: displayPath(path),
      reason: `it has ${bytes.length} bytes, and may have ${pathBytesMax}`,
      hint: 'Give the server a --home with a shorter path.',
    });
  }
  const descriptor = check(socket(localFamily, stream | nonBlocking | closeOnExec, 0), path);
  rmSync(bytes, { force: true });
  const short = shortPath(path);
  const address = Buffer.alloc(2 + addressBytesMax);
  address.writeUInt16LE(localFamily, 0);
  const pathBytes = address.write(short.path, 2, addressBytesMax - 1, 'latin1');
  // Only the owner may connect, from the first moment on.
  const before = process.umask(0o177);
  try {
    check(bind(descriptor, address, 2 + pathBytes + 1), path);
  } finally {
    short.close();
    process.umask(before);
  }
  check(listen(descriptor, 16), path);
  return descriptor;
}

/** The next caller, or undefined when nobody waits. */
export function accept(listening: number): number | undefined {
  const descriptor: number = accept4(listening, null, null, nonBlocking | closeOnExec);
  if (descriptor < 0) return undefined;
  // With the usual buffer, of 200 KB, each large write would go in many pieces.
  setsockopt(descriptor, socketLevel, sendBufferForced, sendBuffer, sendBuffer.length);
  return descriptor;
}

const inbox = Buffer.allocUnsafeSlow(65_536);

/** What has arrived, to be used before the next call; empty when nothing has; undefined when the caller is gone. */
export function receive(descriptor: number): Buffer | undefined {
  const length = Number(recv(descriptor, inbox, inbox.length, 0));
  if (length > 0) return inbox.subarray(0, length);
  if (length === 0) return undefined;
  return ['EAGAIN', 'EINTR'].includes(errnoName()) ? inbox.subarray(0, 0) : undefined;
}

function check(result: number, path: string): number {
  if (result >= 0) return result;
  const code = errnoName();
  throw new Failure({
    code,
    operation: 'open the socket of a filter',
    subject: displayPath(path),
    reason: `the system refused it (${code})`,
  });
}

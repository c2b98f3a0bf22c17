// The kernel's random bytes (random(4)). They are read from its device, because `node:crypto` takes longer to load than an
// empty script takes to run. That module has them where there is no such device, as in a bare chroot.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Random } from '../../base/random.ts';

export const systemRandom: Random = { bytes: (length) => fromDevice(length) ?? fromLibrary(length) };

function fromDevice(length: number): Uint8Array | undefined {
  let device: number;
  try {
    device = openSync('/dev/urandom', 'r');
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) filled += readSync(device, bytes, { offset: filled });
    return bytes;
  } finally {
    closeSync(device);
  }
}

function fromLibrary(length: number): Uint8Array {
  return process.getBuiltinModule('node:crypto').randomBytes(length);
}

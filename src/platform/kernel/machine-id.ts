// Whether two servers run on one machine. What matters is whether their folders may be the same ones, so the kernel
// is asked: it draws a number at every boot (random(4), boot_id). The machine id of systemd would not do: a cloned machine has
// the id of its original, and a container has one of its own although it may share a volume. As machine-id(5) advises for that
// id, the number is not told to others as it is, but mixed with a text of this program.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export function machineId(): string {
  return createHmac('sha256', identityOfKernel()).update('understudy: on which machine a server runs').digest('hex');
}

function identityOfKernel(): string {
  for (const file of ['/proc/sys/kernel/random/boot_id', '/etc/machine-id']) {
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (text !== '') return text;
    } catch {
      // This file is not there; the next one is the second best.
    }
  }
  return hostname();
}

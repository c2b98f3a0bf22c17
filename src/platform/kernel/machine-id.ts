// Whether two servers run on one machine. What is asked is whether their folders may be the same ones, so the answer is the
// kernel's: the number it draws at every boot (random(4), boot_id). The machine id of systemd would not do: a cloned machine
// has its original's, and a container one of its own although it may share a volume. Like that one it is not told as it is,
// but mixed with a text of this program (machine-id(5)).
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
      // The next one says it as well as it can.
    }
  }
  return hostname();
}

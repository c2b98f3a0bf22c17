// The guard of a filter: it mounts, holds what must outlive the filter's process, and ends when nobody uses the mounts any more.
//
// It is started with its settings as an argument, and ends the mounts when its standard input closes. Nothing may import this
// file: folder-filter.ts starts it as a process.
import type { GuardSettings } from '../guard-messages.ts';
import { Guard } from './guard.ts';

const settings = JSON.parse(process.argv[2] ?? '') as GuardSettings;
const guard = new Guard(settings, (message) => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
});
if (!settings.staysBehind) {
  process.stdin.on('end', () => guard.unmount());
  process.stdin.on('error', () => guard.unmount());
}
process.stdin.resume();
process.stdout.on('error', () => undefined);
void guard.run().then(() => process.exit(0));

// What ps(1), pgrep(1) and ss(8) call this process, which would be `node` otherwise.
import { writeFileSync } from 'node:fs';

/**
 * `words` are what ps shows as its arguments, without the last of them where the kernel has no room: they take the place of the
 * words that the process was started with (proc(5), /proc/PID/cmdline). The first is also its short name (/proc/PID/comm, at most
 * 15 bytes), by which `pgrep -x` and `ss -p` know it.
 */
export function nameProcess(words: readonly string[]): void {
  const [name = ''] = words;
  for (let count = words.length; count > 0; count -= 1) {
    const title = words.slice(0, count).join(' ');
    process.title = title;
    if (process.title === title) break;
  }
  try {
    writeFileSync('/proc/self/comm', name);
  } catch {
    // A process may do without a name.
  }
}

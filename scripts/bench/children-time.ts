// The processor time of programs that a benchmark has started.
import { readFileSync } from 'node:fs';

/** Of the kernel, for programs: sysconf(_SC_CLK_TCK) is 100 on every Linux. */
const tickMs = 10;

/** The processor time of all children that have ended (proc(5): cutime and cstime, fields 16 and 17 of /proc/PID/stat). */
export function childrenMs(): number {
  const status = readFileSync('/proc/self/stat', 'utf8');
  // The program's name, in brackets, may itself have blanks; the fields behind it begin with the third.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * tickMs;
}

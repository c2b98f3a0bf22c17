// Who a process is, beyond its number, which the kernel gives anew: the boot of the machine and the tick in which the process
// was started (proc(5): /proc/sys/kernel/random/boot_id, and starttime, field 22 of /proc/PID/stat).
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly processId: number;
  readonly identity: string;
}

export function ownIdentity(): ProcessIdentity {
  return { processId: process.pid, identity: identityOf(process.pid) ?? 'unknown' };
}

/** Whether that very process is there. */
export function isAlive({ processId, identity }: ProcessIdentity): boolean {
  return identityOf(processId) === identity;
}

/** Undefined when there is no such process, or it has ended and its parent has not asked for its exit code yet. */
function identityOf(processId: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const status = readFileSync(`/proc/${processId}/stat`, 'utf8');
    // The program's name, in brackets, may itself have blanks and brackets; the fields behind it begin with the third.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

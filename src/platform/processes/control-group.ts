// Control groups (cgroup v2) of task programs, where this process may make them: whatever a program starts belongs to its group,
// also what has made itself a session or a process group of its own, so nothing can slip out of a kill.
//
// A program is put into its group right after it was started, while setpriv(1) is still on its way to becoming it; what cannot be
// put there is left to its process group (programs.ts). Groups stand below the one of this process and are removed when the
// program has ended and left nothing; one in which something runs on stays, and is found again by the program's label.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ControlGroup {
  add(processId: number): void;
  /** Ends everything in it. */
  kill(): void;
  /** Processes in it, by number. */
  processIds(): number[];
  /** Takes it away; nothing happens while something is in it. */
  remove(): void;
}

/** Makes the group of a program. Undefined where there is no such file system, or this process may not make groups in it. */
export function makeControlGroup(
  label: string,
  parent: string | undefined = ownGroupFolder(),
): ControlGroup | undefined {
  if (parent === undefined) return undefined;
  try {
    const folder = folderOf(parent, label);
    mkdirSync(folder);
    return new FolderGroup(folder);
  } catch {
    return undefined;
  }
}

/** The group that a program of an earlier run left behind. */
export function findControlGroup(
  label: string,
  parent: string | undefined = ownGroupFolder(),
): ControlGroup | undefined {
  if (parent === undefined || !existsSync(folderOf(parent, label))) return undefined;
  return new FolderGroup(folderOf(parent, label));
}

function folderOf(parent: string, label: string): string {
  return join(parent, `understudy-${label.replaceAll(/[^\w.-]/g, '_')}`);
}

/** Where the group of this process stands in the file system (cgroups(7): /proc/PID/cgroup, and the mount of type cgroup2). */
function ownGroupFolder(): string | undefined {
  try {
    const path = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    const mount = /^\S+ \S+ \S+ (\S+) (\S+) [^\n]* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'));
    const [, root = '/', mountPoint] = mount ?? [];
    // The group of the whole machine is not ours to divide.
    if (path === undefined || mountPoint === undefined || path === '/') return undefined;
    const below = root === '/' ? path : path.slice(root.length);
    return path.startsWith(root) ? join(mountPoint, below) : undefined;
  } catch {
    return undefined;
  }
}

class FolderGroup implements ControlGroup {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(processId: number): void {
    this.#write('cgroup.procs', `${processId}`);
  }

  kill(): void {
    // Linux 5.14; on an older one the process group is killed all the same.
    this.#write('cgroup.kill', '1');
  }

  processIds(): number[] {
    try {
      return readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }

  remove(): void {
    try {
      rmdirSync(this.#folder);
    } catch {
      // Something that the program has left runs on in it.
    }
  }

  #write(file: string, text: string): void {
    try {
      writeFileSync(join(this.#folder, file), text);
    } catch {
      // The group is gone, or the process is.
    }
  }
}

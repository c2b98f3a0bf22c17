// The processes of JavaScript tasks that a process has started, as /proc shows them.
import { readdirSync, readFileSync } from 'node:fs';

export interface SeenProcess {
  readonly processId: number;
  readonly status: string;
}

/** Children that run the sandbox's program. */
export function sandboxProcesses(parentId: number): SeenProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const isChild = new RegExp(`^PPid:\\s+${parentId}$`, 'm').test(status);
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (!isChild || !words.some((word) => word.endsWith('/sandbox/main.ts'))) return [];
      return [{ processId: Number(name), status }];
    } catch {
      // It ended while it was looked at.
      return [];
    }
  });
}

export function isAlive(processId: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${processId}/status`, 'utf8'));
  } catch {
    return false;
  }
}

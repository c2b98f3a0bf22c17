// Programs that a server which died has left running. They are known by the word for their label in their environment, which
// children inherit, and by their control group where there is one.
import { readdirSync, readFileSync } from 'node:fs';
import { findControlGroup } from './control-group.ts';

/** In the environment of every program that has a label. */
export const labelVariable = 'UNDERSTUDY_TASK_ID';

/** Ends every process of a program with that label, and what it started; says how many there were. */
export function endLeftPrograms(label: string): number {
  const group = findControlGroup(label);
  const found = new Set([...(group?.processIds() ?? []), ...processesWith(`${labelVariable}=${label}`)]);
  group?.kill();
  for (const processId of found) kill(processId);
  group?.remove();
  return found.size;
}

/** Numbers of the processes in whose environment a word stands; those of other accounts cannot be looked at. */
function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => environmentOf(name).includes(word))
    .map(Number);
}

function environmentOf(processId: string): string[] {
  try {
    return readFileSync(`/proc/${processId}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function kill(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL');
  } catch {
    // It has ended by itself, or with its group.
  }
}

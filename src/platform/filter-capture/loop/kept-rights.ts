// Set-id rights that a file must not keep when somebody without the right to set them changes its content (S_ISUID, S_ISGID; what
// file_remove_privs of the kernel does on other file systems). The kernel tells the filter with most requests whether the
// program has that right, and never in which groups it is.
import { readFileSync } from 'node:fs';
import { atEmptyPath, atSymlinkNoFollow } from '../../kernel/libc.ts';
import { fchmodat2 } from '../kernel/file-calls.ts';
import type { Node } from '../nodes/node-table.ts';
import type { FilterState } from './filter-state.ts';

const setUser = 0o4000;
const setGroup = 0o2000;
const groupExecute = 0o010;
const setIdCapability = 4n; // CAP_FSETID

/** Takes the rights away, after a change by a program that may not set them. */
export function killRights(state: FilterState, node: Node): void {
  if (state.look(node) !== 0) return;
  const { mode } = state.status;
  if ((mode & (setUser | setGroup)) === 0) return;
  // A program that is in the file's group could set the right for it, where it does not make a program of the file.
  const staysGroup = (mode & (setGroup | groupExecute)) === setGroup && isInGroup(state);
  const kept = mode & ~(setUser | (staysGroup ? 0 : setGroup));
  if (kept === mode) return;
  const at = state.places.find(node);
  fchmodat2(at, state.places.name, kept & 0o7777, atEmptyPath | atSymlinkNoFollow);
  if (state.listener !== undefined && state.look(node) === 0)
    state.listening(node)?.attributesChanged(node, state.objectStatus());
}

/** The same after a change with which the kernel does not tell whether the program may set such rights. */
export function killRightsUnlessMaySet(state: FilterState, node: Node): void {
  if (state.request.userId === 0 || state.look(node) !== 0) return;
  if ((state.status.mode & (setUser | setGroup)) === 0) return;
  const capabilities = BigInt(`0x${statusLine(state, 'CapEff') || '0'}`);
  if (((capabilities >> setIdCapability) & 1n) === 0n) killRights(state, node);
}

function isInGroup(state: FilterState): boolean {
  const group = state.status.groupId;
  return state.request.groupId === group || statusLine(state, 'Groups').split(' ').includes(String(group));
}

/** What /proc says of the program that asked (proc_pid_status(5)); empty when it is gone. */
function statusLine({ request }: FilterState, name: string): string {
  try {
    const lines = readFileSync(`/proc/${request.processId}/status`, 'latin1').split('\n');
    return (
      lines
        .find((line) => line.startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim() ?? ''
    );
  } catch {
    return '';
  }
}

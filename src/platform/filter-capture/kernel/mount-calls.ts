// Mounting by the calls of Linux 5.2 (fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2)): a file system is made without
// a place, and parts of it are then put where they belong.
import koffi from 'koffi';
import { Failure } from '../../../base/failure.ts';
import { displayPath } from '../../../base/raw-path.ts';
import { filterSubtype } from '../../filtered-folders/mounted-filters.ts';
import { cString, emptyPath, errnoName } from '../../kernel/libc.ts';
import { close } from './file-calls.ts';

const libc = koffi.load('libc.so.6');
// The same on every architecture (asm-generic/unistd.h).
const number = { openTree: 428, moveMount: 429, fsopen: 430, fsconfig: 431, fsmount: 432 } as const;
const fsopen = libc.func('long syscall(long number, void *type, uint32 flags)');
const fsconfig = libc.func('long syscall(long number, int context, uint32 command, void *key, void *value, int extra)');
const fsmount = libc.func('long syscall(long number, int context, uint32 flags, uint32 attributes)');
const openTreeCall = libc.func('long syscall(long number, int directory, void *path, uint32 flags)');
const moveMountCall = libc.func('long syscall(long number, int from, void *path, int to, void *toPath, uint32 flags)');

const closeOnExec = 0x80000; // O_CLOEXEC, OPEN_TREE_CLOEXEC
const contextCloseOnExec = 1; // FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC
const command = { setFlag: 0, setString: 1, create: 6 } as const;
const cloneTree = 1; // OPEN_TREE_CLONE
const fromDescriptor = 4; // MOVE_MOUNT_F_EMPTY_PATH
const toDescriptor = 0x40; // MOVE_MOUNT_T_EMPTY_PATH

/** A file system of FUSE that is served through `device`, as a mount without a place; a descriptor that keeps it. */
export function makeFileSystem(device: number, source: string): number {
  const context: number = fsopen(number.fsopen, cString('fuse'), contextCloseOnExec);
  check(context, 'open a new file system');
  try {
    for (const [key, value] of optionsFor(device, source)) {
      const how = value === undefined ? command.setFlag : command.setString;
      check(fsconfig(number.fsconfig, context, how, cString(key), value === undefined ? null : cString(value), 0), key);
    }
    check(fsconfig(number.fsconfig, context, command.create, null, null, 0), 'create the file system');
    return check(fsmount(number.fsmount, context, contextCloseOnExec, 0), 'mount the file system');
  } finally {
    close(context);
  }
}

function optionsFor(device: number, source: string): readonly (readonly [string, string | undefined])[] {
  return [
    ['source', source],
    ['subtype', filterSubtype],
    ['fd', String(device)],
    ['rootmode', '40000'],
    ['user_id', '0'],
    ['group_id', '0'],
    ['allow_other', undefined],
    ['default_permissions', undefined],
  ];
}

/**
 * Puts a folder of a mount over another folder. The call asks the filter, which must be running by then, so it is made on another thread.
 * Rejects with a Failure.
 */
export async function mountOver(mount: number, name: string, folder: number, path: string): Promise<void> {
  const tree = await onAnotherThread(openTreeCall, number.openTree, mount, cString(name), cloneTree | closeOnExec);
  if (tree < 0)
    throw new Failure({
      code: 'FILTER-SILENT',
      operation: 'mount the filter',
      subject: displayPath(path),
      reason: 'its process did not answer',
    });
  try {
    const flags = fromDescriptor | toDescriptor;
    check(moveMountCall(number.moveMount, tree, emptyPath, folder, emptyPath, flags), 'mount the filter', path);
  } finally {
    close(tree);
  }
}

function onAnotherThread(call: { async(...words: unknown[]): unknown }, ...words: unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...words, (thrown: unknown, result: number) => (thrown ? reject(thrown) : resolve(result)));
  });
}

function check(result: number, operation: string, subject = '/dev/fuse'): number {
  if (result >= 0) return result;
  const code = errnoName();
  throw new Failure({ code, operation, subject: displayPath(subject), reason: `the kernel refused it (${code})` });
}

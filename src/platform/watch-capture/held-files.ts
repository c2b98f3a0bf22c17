// Which files programs on this machine could change without a notification: those that are open for writing (native
// asynchronous I/O; a name that went while another stays), those that are mapped shared and writable, and those behind a loop
// device. Told by inode alone: the number of the file system cannot be had without asking the file system itself, which may
// hang (NFS), and a file of another one with the same number costs no more than a look.
//
// Not told: files that only the kernel holds (swap, a target of LIO), processes that this one may not look into (without root:
// those of other users), processes in another PID namespace that is not below this one.
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { HeldFile } from '../../ports/capture.ts';
import { eachProcess, namesIn, openForWriting, orGone } from '../kernel/process-table.ts';

/** File systems that do not move a file's times when a page of a map is stored into again. */
const timelessTypes = /^(tmpfs|ramfs|hugetlbfs|devtmpfs)$/;

export async function heldFiles(): Promise<readonly HeldFile[]> {
  const found = new Map<bigint, HeldFile>();
  const timeless = timelessDevices();
  await eachProcess((process) => {
    openFiles(process, found);
    mappedFiles(process, found, timeless);
  });
  loopFiles(found);
  return [...found.values()];
}

/** The mode of the link to an open file tells how it was opened; neither it nor its text asks the file system. */
function openFiles(process: string, found: Map<bigint, HeldFile>): void {
  const folder = `/proc/${process}/fd`;
  for (const name of namesIn(folder)) {
    const link = orGone(() => lstatSync(`${folder}/${name}`));
    if (link === undefined || (link.mode & openForWriting) === 0) continue;
    const target = orGone(() => readlinkSync(`${folder}/${name}`, 'latin1'));
    // Sockets, pipes, memory; devices.
    if (target === undefined || !target.startsWith('/') || target.startsWith('/dev/') || target.startsWith('/memfd:'))
      continue;
    const information = orGone(() => readFileSync(`/proc/${process}/fdinfo/${name}`, 'latin1'));
    const inode = /^ino:\s*(\d+)/m.exec(information ?? '')?.[1];
    if (inode !== undefined) note(found, { inode: BigInt(inode), isMapped: false, timesTell: true });
  }
}

/** proc(5), maps: `address perms offset device inode path`; `s` is shared, what is private is never written back. */
const sharedMap = /^\S+ .w.s \S+ ([0-9a-f]+:[0-9a-f]+) ([1-9]\d*)/gm;

function mappedFiles(process: string, found: Map<bigint, HeldFile>, timeless: ReadonlySet<string>): void {
  const maps = orGone(() => readFileSync(`/proc/${process}/maps`, 'latin1')) ?? '';
  for (const [, device = '', inode = ''] of maps.matchAll(sharedMap)) {
    const [major = '', minor = ''] = device.split(':');
    const number = `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`;
    note(found, { inode: BigInt(inode), isMapped: true, timesTell: !timeless.has(number) });
  }
}

function loopFiles(found: Map<bigint, HeldFile>): void {
  for (const name of namesIn('/sys/block')) {
    if (!name.startsWith('loop')) continue;
    const path = orGone(() => readFileSync(`/sys/block/${name}/loop/backing_file`, 'latin1'))?.replace(/\n$/, '');
    if (path === undefined) continue;
    const status = orGone(() => lstatSync(Buffer.from(path, 'latin1'), { bigint: true }));
    if (status !== undefined) note(found, { inode: status.ino, isMapped: false, timesTell: true });
  }
}

/** One inode may stand for files of several file systems: what is said of any of them is said of all. */
function note(found: Map<bigint, HeldFile>, file: HeldFile): void {
  const before = found.get(file.inode);
  if (before === undefined) found.set(file.inode, file);
  else if ((file.isMapped && !before.isMapped) || (before.timesTell && !file.timesTell)) {
    const { inode } = file;
    const [isMapped, timesTell] = [before.isMapped || file.isMapped, before.timesTell && file.timesTell];
    found.set(inode, { inode, isMapped, timesTell });
  }
}

/** `major:minor` of the file systems whose files keep their times, from mountinfo (proc(5)). */
function timelessDevices(): ReadonlySet<string> {
  const numbers = new Set<string>();
  for (const line of (orGone(() => readFileSync('/proc/self/mountinfo', 'latin1')) ?? '').split('\n')) {
    const fields = line.split(' ');
    const type = fields[fields.indexOf('-', 6) + 1] ?? '';
    if (timelessTypes.test(type)) numbers.add(fields[2] ?? '');
  }
  return numbers;
}

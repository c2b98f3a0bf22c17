// Programs that reach a filtered folder past the filter: they opened a file or a folder of it, or went into it, before the filter was
// mounted, and hold it still. What they write is not captured.
//
// A mount of its own shows which way an open file goes: the kernel tells it for each descriptor (`mnt_id` in fdinfo, proc(5)). Of a
// working folder and of what is mapped only the device is told, which is the filter's or is not. Processes in another mount
// namespace are not seen.
import { lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { isWithin } from '../../base/raw-path.ts';
import type { HeldFile } from '../../ports/capture.ts';
import { isFilter } from '../filtered-folders/mounted-filters.ts';
import { eachProcess, namesIn, openForWriting, orGone } from '../kernel/process-table.ts';
import { readMounts } from '../watch-capture/kernel/mount-table.ts';

export interface EarlyUser {
  readonly processId: number;
  /** As ps shows it. */
  readonly program: string;
  /** Files that it may change. */
  readonly files: readonly HeldFile[];
}

/** The filters by what the kernel calls them. */
interface Filters {
  readonly mounts: ReadonlySet<string>;
  /** As in maps(5): `major:minor`, hexadecimal. */
  readonly devices: ReadonlySet<string>;
}

/**
 * Who uses these folders (absolute, without symbolic links) and not through a filter. Where no filter is mounted that is everybody who
 * may change something in them.
 * This process does not count.
 * @param guard Of the filter, which is meant to reach what lies beneath, with the process of the filter.
 */
export async function earlyUsers(roots: readonly string[], guard?: number): Promise<readonly EarlyUser[]> {
  const filters = presentFilters();
  const found: EarlyUser[] = [];
  await eachProcess((process) => {
    const user = userOf(process, roots, filters);
    if (user !== undefined && !isOwn(process, guard)) found.push(user);
  });
  return found;
}

function userOf(process: string, roots: readonly string[], filters: Filters): EarlyUser | undefined {
  const files = [...openFiles(process, roots, filters), ...mappedFiles(process, roots, filters)];
  if (files.length === 0 && !holdsFolder(process, roots, filters)) return undefined;
  const program = orGone(() => readFileSync(`/proc/${process}/comm`, 'utf8'))?.trim() ?? '';
  return { processId: Number(process), program, files };
}

function openFiles(process: string, roots: readonly string[], filters: Filters): HeldFile[] {
  const held: HeldFile[] = [];
  const folder = `/proc/${process}/fd`;
  for (const name of namesIn(folder)) {
    const target = orGone(() => readlinkSync(`${folder}/${name}`, 'latin1'));
    if (target === undefined || !isIn(target, roots)) continue;
    const link = orGone(() => lstatSync(`${folder}/${name}`));
    if (link === undefined || (link.mode & openForWriting) === 0) continue;
    const information = orGone(() => readFileSync(`/proc/${process}/fdinfo/${name}`, 'latin1')) ?? '';
    const inode = /^ino:\s*(\d+)/m.exec(information)?.[1];
    const mount = /^mnt_id:\s*(\d+)/m.exec(information)?.[1];
    if (inode === undefined || (mount !== undefined && filters.mounts.has(mount))) continue;
    held.push({ inode: BigInt(inode), isMapped: false, timesTell: true });
  }
  return held;
}

/** `address perms offset device inode path`; `s` is shared, what is private is never written back. */
const sharedMap = /^\S+ .w.s \S+ ([0-9a-f]+:[0-9a-f]+) ([1-9]\d*)\s+(.*)$/gm;

function mappedFiles(process: string, roots: readonly string[], filters: Filters): HeldFile[] {
  const maps = orGone(() => readFileSync(`/proc/${process}/maps`, 'latin1')) ?? '';
  return [...maps.matchAll(sharedMap)].flatMap(([, device = '', inode = '', path = '']) =>
    isIn(path, roots) && !filters.devices.has(device)
      ? [{ inode: BigInt(inode), isMapped: true, timesTell: true }]
      : [],
  );
}

/** A working folder, or a folder that is open: from there a program opens files beneath the filter. */
function holdsFolder(process: string, roots: readonly string[], filters: Filters): boolean {
  const own = `/proc/${process}`;
  const places = [`${own}/cwd`, `${own}/root`, ...namesIn(`${own}/fd`).map((name) => `${own}/fd/${name}`)];
  return places.some((place) => {
    const target = orGone(() => readlinkSync(place, 'latin1'));
    if (target === undefined || !isIn(target, roots)) return false;
    const status = orGone(() => statSync(place));
    return status?.isDirectory() === true && !filters.devices.has(mapsDevice(status.dev));
  });
}

function isIn(path: string, roots: readonly string[]): boolean {
  return path.startsWith('/') && roots.some((root) => isWithin(path, root));
}

function isOwn(name: string, guard: number | undefined): boolean {
  if (Number(name) === process.pid || Number(name) === guard) return true;
  const status = orGone(() => readFileSync(`/proc/${name}/status`, 'latin1')) ?? '';
  return guard !== undefined && Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]) === guard;
}

/** For people: the first few of them. */
export function usersText(users: readonly EarlyUser[]): string {
  const shown = users.slice(0, 3).map(({ program, processId }) => `${program} (process ${processId})`);
  const more = users.length > shown.length ? ` and ${users.length - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}

function presentFilters(): Filters {
  const filters = readMounts().filter(isFilter);
  const mounts = new Set(filters.map(({ identity }) => identity.slice(0, identity.indexOf(' '))));
  const devices = new Set(
    filters.map(({ device }) =>
      device
        .split(':')
        .map((part) => hex(Number(part)))
        .join(':'),
    ),
  );
  return { mounts, devices };
}

/** As maps(5) writes the packed number of Node's stat. */
function mapsDevice(packed: number): string {
  const number = BigInt(packed);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${hex(Number(major))}:${hex(Number(minor))}`;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}

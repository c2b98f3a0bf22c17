// What is mounted where, as the kernel says it in /proc/self/mountinfo (proc(5)), and which of it concerns the roots.
import { readFileSync } from 'node:fs';
import { isWithin } from '../../../base/raw-path.ts';

export interface Mount {
  /** Tells a mount from another at the same place. */
  readonly identity: string;
  /** Absolute, a byte string. */
  readonly mountPoint: string;
  readonly fileSystemType: string;
  /** What was mounted, in the words of whoever did. */
  readonly source: string;
  /** Of the file system, `user_id=0` and the like. */
  readonly superOptions: readonly string[];
  /** `major:minor` of the file system, the same for each of its mounts. */
  readonly device: string;
  /** What of the file system is mounted: absolute in it, a byte string. */
  readonly root: string;
  /** `nosuid` and the like. */
  readonly options: readonly string[];
}

// File systems that show the kernel's own state: nothing in them is a workload, and they do not notify. Capture leaves them
// out, and a tree shows them as empty folders (virtual-folders.ts), so that mirror, size and verification agree with it.
const virtualTypes: ReadonlySet<string> = new Set(
  (
    'autofs binder binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs functionfs fusectl fuse.lxcfs ' +
    'hugetlbfs mqueue nfsd nsfs proc pstore resctrl rpc_pipefs securityfs selinuxfs smackfs sysfs tracefs'
  ).split(' '),
);

// File systems that others can change without this kernel's knowledge.
const sharedTypes: ReadonlySet<string> = new Set(
  '9p afs ceph cifs gfs2 glusterfs lustre nfs nfs4 ocfs2 smb3'.split(' '),
);

export function isVirtual(mount: Mount): boolean {
  return virtualTypes.has(mount.fileSystemType);
}

/** Whether changes may happen in it that are not notified here. */
export function isShared(mount: Mount): boolean {
  return sharedTypes.has(mount.fileSystemType) || mount.fileSystemType.startsWith('fuse');
}

export function readMounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'latin1'));
}

export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    const [id, parent, device, root, mountPoint, options] = fields;
    if (separator < 0 || mountPoint === undefined) continue;
    mounts.push({
      identity: [id, parent, device, root, mountPoint].join(' '),
      mountPoint: unescaped(mountPoint),
      fileSystemType: fields[separator + 1] ?? '',
      source: unescaped(fields[separator + 2] ?? ''),
      superOptions: fields[separator + 3]?.split(',') ?? [],
      device: device ?? '',
      root: unescaped(root ?? '/'),
      options: options?.split(',') ?? [],
    });
  }
  return mounts;
}

function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The mount in which a path lies; of several at one place the last one counts, since it hides the others. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const at = mount.mountPoint === '/' ? '' : mount.mountPoint;
    if (isWithin(path, at) && (found === undefined || mount.mountPoint.length >= found.mountPoint.length))
      found = mount;
  }
  return found;
}

/** The mounts strictly below a root, the visible one at each place. */
export function mountsBelow(root: string, mounts: readonly Mount[]): Mount[] {
  const visible = new Map<string, Mount>();
  const prefix = root === '/' ? '' : root;
  for (const mount of mounts) {
    if (mount.mountPoint !== root && mount.mountPoint !== '/' && isWithin(mount.mountPoint, prefix)) {
      visible.set(mount.mountPoint, mount);
    }
  }
  return [...visible.values()];
}

/** The virtual file systems that are mounted below the roots, the outermost ones. What is mounted in one belongs to it. */
export function virtualBelow(roots: readonly string[], mounts: readonly Mount[]): Mount[] {
  const all = roots.flatMap((root) => mountsBelow(root, mounts)).filter(isVirtual);
  return all.filter(({ mountPoint }) => !all.some((other) => isBelow(mountPoint, other.mountPoint)));
}

function isBelow(path: string, above: string): boolean {
  return path !== above && isWithin(path, above);
}

// The Debian packages the tests need, beyond what npm brings, and the one way to install them. As root it installs what
// is missing; otherwise it says what to install. No service is left running by it.
//
//   node scripts/packages.ts
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface DebianPackage {
  readonly name: string;
  /** The program that shows the package is there, however it was installed. */
  readonly program: string;
  readonly reason: string;
}

export const neededPackages: readonly DebianPackage[] = [
  { name: 'acl', program: 'setfacl', reason: 'access control lists are replicated' },
  { name: 'attr', program: 'setfattr', reason: 'extended attributes are replicated' },
  { name: 'bind9', program: 'named', reason: 'DNS updates are sent to a real server' },
  { name: 'bind9-dnsutils', program: 'dig', reason: 'its answers are asked for as an operator would' },
  { name: 'bind9-utils', program: 'named-checkconf', reason: 'its configuration is checked before it starts' },
  { name: 'btrfs-progs', program: 'mkfs.btrfs', reason: 'replicas are tried on btrfs' },
  { name: 'e2fsprogs', program: 'mkfs.ext4', reason: 'replicas are tried on ext4, and on a disk that is full' },
  { name: 'etcd-client', program: 'etcdctl', reason: 'it is asked as an operator would' },
  { name: 'etcd-server', program: 'etcd', reason: 'a witness between two servers is a real one' },
  { name: 'fio', program: 'fio', reason: 'files are written in every way, and read again' },
  { name: 'fish', program: 'fish', reason: 'a shell whose completion is tried' },
  { name: 'gcc', program: 'gcc', reason: 'programs that make system calls, and the parser for editors, are compiled' },
  { name: 'git', program: 'git', reason: 'a program that does much to files' },
  { name: 'mandoc', program: 'mandoc', reason: 'the manual pages are checked' },
  { name: 'neovim', program: 'nvim', reason: 'an editor that has the language server and the parser' },
  { name: 'postgresql', program: 'pg_ctlcluster', reason: 'a database whose replica must open at any moment' },
  { name: 'rsync', program: 'rsync', reason: 'an independent judge of whether two folders are equal' },
  { name: 'tmux', program: 'tmux', reason: 'the terminal is tried as a person sees it' },
  { name: 'xfsprogs', program: 'mkfs.xfs', reason: 'replicas are tried on XFS' },
  { name: 'zsh', program: 'zsh', reason: 'a shell whose completion is tried' },
];

/** The path of a program, looked for where root's programs live too; undefined when the machine does not have it. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Installs what is missing, or says how to. True when nothing is missing afterwards. */
export function ensurePackages(): boolean {
  const missing = missingPackages();
  if (missing.length === 0) return true;
  console.error('The tests need Debian packages that are not on this machine:');
  for (const { name, reason } of missing) console.error(`  ${name.padEnd(16)} ${reason}`);
  const names = missing.map(({ name }) => name);
  const install = ['install', '--yes', '--no-install-recommends', ...names];
  if (process.getuid?.() !== 0) {
    console.error(`Install them with: sudo apt-get ${install.join(' ')}`);
    return false;
  }
  console.error('Installing them with apt-get …');
  const installed = withoutStartingServices(() => aptGet(['update']) && aptGet(install));
  if (!installed) console.error(`They could not be installed. Try: apt-get update && apt-get ${install.join(' ')}`);
  return installed && missingPackages().length === 0;
}

function missingPackages(): readonly DebianPackage[] {
  return neededPackages.filter(({ program }) => findProgram(program) === undefined);
}

function aptGet(aptArguments: readonly string[]): boolean {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['--quiet=2', '--option=Dpkg::Use-Pty=0'];
  const ended = spawnSync('apt-get', [...quiet, ...aptArguments], { env: environment, stdio: ['ignore', 2, 2] });
  if (ended.error !== undefined) console.error(`cannot run apt-get: ${ended.error.message}`);
  return ended.status === 0;
}

/**
 * Debian starts a service when its package is installed, unless a policy says 101, "not allowed" (invoke-rc.d(8)). A
 * policy the machine already has is its owner's and stays.
 */
function withoutStartingServices(work: () => boolean): boolean {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(policy);
  }
}

if (import.meta.main) process.exitCode = ensurePackages() ? 0 : 1;

// Proves the Debian package on clean machines: two Debian 12 roots, each with the package of an earlier version, of which
// `understudy init` sets up the first. They are paired, protect a folder, are upgraded one after the other, and fail over; then the
// package is removed and purged, and what is left is printed. Then the unit under a systemd that runs, on a third one.
//
//   npm run proof:package [-- FOLDER]
//
// As root, with mmdebstrap(8) and the network for Debian's packages. In FOLDER, or a temporary one, are the roots; it is removed. The
// second and third part run in a network and mounts of their own, so that nothing of them reaches this machine.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDebianPackage } from './package/debian-package.ts';
import type { Architecture } from './package/native-packages.ts';
import { packageIdentity } from './package/program-tree.ts';
import { run } from './package/registry-packages.ts';
import { findProgram } from './packages.ts';

const earlierVersion = '0.0.1';

if (process.getuid?.() !== 0) throw new Error('only root may make a root of Debian: run it as root');
for (const program of ['mmdebstrap', 'ip', 'unshare', 'dpkg-deb']) {
  if (findProgram(program) === undefined)
    throw new Error(`${program} is not there; apt-get install mmdebstrap iproute2`);
}
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'understudy-proof-'));
try {
  const identity = packageIdentity();
  const architecture = process.arch as Architecture;
  const make = (version: string): Promise<string> =>
    makeDebianPackage(join(folder, 'packages'), architecture, { identity: { ...identity, version }, isFast: true });
  console.log(`packages of ${earlierVersion} and ${identity.version} …`);
  const packages = [await make(earlierVersion), await make(identity.version)];
  console.log('two clean machines …');
  const [alpha, beta] = [join(folder, 'alpha'), join(folder, 'beta')];
  // One of the programs that make the account of the package, without systemd.
  const words = ['--quiet', '--variant=minbase', '--include=systemd-standalone-sysusers', 'bookworm', alpha];
  run('mmdebstrap', words);
  mkdirSync(beta);
  cpSync(alpha, beta, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter: isNoDevice });
  const part = (file: string): string => join(import.meta.dirname, 'package', file);
  const apart = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--', process.execPath];
  inTheOpen('unshare', [...apart, part('installed-life.ts'), alpha, beta, ...packages]);
  console.log('a machine with systemd …');
  const booted = join(folder, 'booted');
  run('mmdebstrap', ['--quiet', '--variant=minbase', '--include=systemd-sysv,dbus', 'bookworm', booted]);
  inTheOpen(process.execPath, [part('booted-life.ts'), booted, ...packages]);
} finally {
  rmSync(folder, { recursive: true });
}

/** Runs a part of the proof, with its words on this terminal. */
function inTheOpen(program: string, words: readonly string[]): void {
  const { status } = spawnSync(program, words, { stdio: 'inherit' });
  if (status !== 0) throw new Error('the proof failed');
}

/** Each machine has the devices of this one while the proof runs. */
function isNoDevice(path: string): boolean {
  return !/\/(?:alpha)\/dev\/./.test(path);
}

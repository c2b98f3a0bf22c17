// The packages that packages are made of: from node_modules, or, for the other architecture, which npm does not install here, as npm
// fetches them. The lockfile decides on the version, and its checksum holds for what was fetched.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const projectFolder = join(import.meta.dirname, '../..');
const cacheFolder = join(projectFolder, '.cache/packages');

interface LockedPackage {
  readonly version: string;
  /** `sha512-` and base64 (Subresource Integrity). */
  readonly integrity: string;
}

/** The folder with the files of a package of the lockfile. Throws when it is in neither, or is not what the lockfile says. */
export function packageFolder(name: string): string {
  const { version, integrity } = lockedPackage(name);
  const installed = join(projectFolder, 'node_modules', name);
  if (existsSync(installed)) return installed;
  const folder = join(cacheFolder, `${name.replace('/', '+')}-${version}`);
  if (!existsSync(folder)) fetchPackage(`${name}@${version}`, integrity, folder);
  return folder;
}

function lockedPackage(name: string): LockedPackage {
  const lockfile = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8'));
  const locked = lockfile.packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json has no ${name}`);
  return locked;
}

/** `folder` is there once it is whole, and not before. */
function fetchPackage(named: string, integrity: string, folder: string): void {
  mkdirSync(cacheFolder, { recursive: true });
  const work = mkdtempSync(join(cacheFolder, 'fetching-'));
  try {
    run('npm', ['pack', named, '--pack-destination', work, '--ignore-scripts', '--silent', '--prefer-offline']);
    const [file] = readdirSync(work);
    if (file === undefined) throw new Error(`npm packed nothing for ${named}`);
    const digest = createHash('sha512')
      .update(readFileSync(join(work, file)))
      .digest('base64');
    if (integrity !== `sha512-${digest}`) {
      throw new Error(`${named} is not what package-lock.json says: sha512-${digest} and not ${integrity}`);
    }
    mkdirSync(join(work, 'package'));
    run('tar', ['-xzf', join(work, file), '-C', join(work, 'package'), '--strip-components=1', '--no-same-owner']);
    renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Runs a program to its end, and gives what it printed. Throws with its own words when it fails. */
export function run(program: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  const ended = spawnSync(program, words, {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (ended.error !== undefined) throw new Error(`cannot run ${program}: ${ended.error.message}`);
  if (ended.status !== 0) throw new Error(`${program} ${words.join(' ')}\nended with ${ended.status}: ${ended.stderr}`);
  return ended.stdout;
}

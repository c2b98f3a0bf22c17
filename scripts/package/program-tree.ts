// What every package has of the program: dist/ as `npm run build` makes it, the packages with binaries beside it, and the licences of
// all of that.
import { chmodSync, lstatSync, lutimesSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, licence } from '../build.ts';
import { readChangelog, releaseSeconds } from './changelog.ts';
import { type Architecture, stageNativePackages } from './native-packages.ts';

export const projectFolder = join(import.meta.dirname, '../..');
export const inProject = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');

/** What a package is called, of which version it is, and the time of all that is in it, in seconds since 1970. */
export interface PackageIdentity {
  readonly version: string;
  readonly seconds: number;
}

/** The version of package.json; the time is that of SOURCE_DATE_EPOCH, or of the newest release in CHANGELOG.md. */
export function packageIdentity(): PackageIdentity {
  const [release] = readChangelog(inProject('CHANGELOG.md'));
  const { version } = JSON.parse(inProject('package.json'));
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && !/^\d{1,12}$/.test(given))
    throw new Error(`SOURCE_DATE_EPOCH is no number of seconds: ${given}`);
  return { version, seconds: given === undefined ? releaseSeconds(release) : Number(given) };
}

const noticesFile = 'third-party-notices.txt';

/** Makes it in `folder`. `others` are folders of further packages that are put into it, for their licences. */
export async function stageProgram(
  folder: string,
  { version, wanted, others }: { version: string; wanted: readonly Architecture[]; others: readonly string[] },
): Promise<void> {
  const dist = join(folder, 'dist');
  await build(dist, version);
  const licensed = [...stageNativePackages(join(folder, 'node_modules'), wanted), ...others];
  const bundled = join(dist, 'third-party-licences.txt');
  writeFileSync(join(folder, noticesFile), [readFileSync(bundled, 'utf8'), ...licensed.map(licence)].join('\n'));
  rmSync(bundled);
}

/** Gives everything below `folder` one time and usual permissions: a file that anybody may run keeps that. */
export function normalize(folder: string, seconds: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) normalize(path, seconds);
    else if (entry.isFile()) chmodSync(path, (lstatSync(path).mode & 0o111) === 0 ? 0o644 : 0o755);
    lutimesSync(path, seconds, seconds);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, seconds, seconds);
}

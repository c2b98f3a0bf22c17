// The npm package: one tarball with everything but Node.js, for Linux with glibc on x64 and arm64. The packages with binaries lie in it
// (bundleDependencies), so nothing is built and no install script runs. Node.js 24 comes as an optional dependency, and the launcher
// hands over to it where the Node.js of npm is older.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectures, importedPackages, versionOf } from './native-packages.ts';
import { inProject, normalize, packageIdentity, projectFolder, stageProgram } from './program-tree.ts';
import { run } from './registry-packages.ts';

/** The scope is not taken; `understudy` alone is another project's. */
export const npmName = '@understudy-availability/understudy';

/** Makes the tarball in `outputFolder`, and returns its path. */
export async function makeNpmPackage(outputFolder: string, { version, seconds } = packageIdentity()): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'understudy-npm-'));
  try {
    const stage = join(work, 'package');
    await stageProgram(stage, { version, wanted: architectures, others: [] });
    for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'docs', 'examples']) {
      cpSync(join(projectFolder, path), join(stage, path), { recursive: true });
    }
    cpSync(join(projectFolder, 'packaging/generated'), stage, { recursive: true });
    writeFileSync(
      join(stage, 'package.json'),
      `${JSON.stringify(manifest(version, readdirSync(join(stage, 'man'))), null, 2)}\n`,
    );
    chmodSync(join(stage, 'dist/understudy.cjs'), 0o755);
    normalize(stage, seconds);
    run('npm', ['pack', stage, '--pack-destination', work, '--ignore-scripts', '--silent']);
    const [tarball] = readdirSync(work).filter((name) => name.endsWith('.tgz'));
    if (tarball === undefined) throw new Error('npm packed nothing');
    const file = join(outputFolder, tarball);
    mkdirSync(outputFolder, { recursive: true });
    cpSync(join(work, tarball), `${file}.new`);
    renameSync(`${file}.new`, file);
    return file;
  } finally {
    rmSync(work, { recursive: true });
  }
}

function manifest(version: string, pages: readonly string[]): unknown {
  const { description, license, optionalDependencies } = JSON.parse(inProject('package.json'));
  return {
    name: npmName,
    version,
    description,
    license,
    bin: { understudy: 'dist/understudy.cjs' },
    man: pages.toSorted().map((page) => `man/${page}`),
    os: ['linux'],
    cpu: architectures,
    libc: ['glibc'],
    engines: { node: '>=18' },
    dependencies: Object.fromEntries(importedPackages.map((name) => [name, versionOf(name)])),
    bundleDependencies: importedPackages,
    optionalDependencies,
  };
}

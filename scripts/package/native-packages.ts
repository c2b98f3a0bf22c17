// The packages with binaries, cut down to what a package of ours needs of them: their JavaScript, their binaries for glibc on the
// architectures of the package, and their licences. There are none for musl, because the program calls glibc itself
// (src/platform/kernel/libc.ts).
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from './registry-packages.ts';

/** As Node.js calls them. */
export const architectures = ['x64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

interface Part {
  readonly name: string;
  /** Patterns of its files, without its package.json. */
  readonly files: readonly string[];
}

/** The interfaces of V8 for which a package has isolates: those of Node.js 24, and of 26, on which an npm package may run, too. */
const ownInterface = 137;
const laterInterface = 147;

function partsFor(wanted: readonly Architecture[], interfaces: readonly number[]): Part[] {
  const isolates = wanted.flatMap((one) =>
    interfaces.map((abi) => `prebuilds/linux-${one}/isolated-vm.abi${abi}.glibc.node`),
  );
  return [
    { name: 'koffi', files: ['index.cjs', 'src/koffi/index.cjs', 'src/koffi/src/static.cjs', 'LICENSE.txt'] },
    ...wanted.map((one) => ({ name: `@koromix/koffi-linux-${one}`, files: ['index.js', `linux_${one}/koffi.node`] })),
    { name: 'isolated-vm', files: ['isolated-vm.js', 'LICENSE', ...isolates] },
    { name: 'node-gyp-build', files: ['index.js', 'node-gyp-build.js', 'LICENSE'] },
    { name: '@node-rs/xxhash', files: ['index.js', 'LICENSE'] },
    ...wanted.map((one) => ({ name: `@node-rs/xxhash-linux-${one}-gnu`, files: ['*.node'] })),
  ];
}

/** Of those, the packages that the program itself imports. */
export const importedPackages = ['koffi', 'isolated-vm', '@node-rs/xxhash'] as const;

/** Puts them into `folder`, a node_modules, and returns the folders that have a licence. */
export function stageNativePackages(folder: string, wanted: readonly Architecture[]): string[] {
  const interfaces = wanted.length > 1 ? [ownInterface, laterInterface] : [ownInterface];
  const parts = partsFor(wanted, interfaces);
  const names = new Set(parts.map(({ name }) => name));
  return parts.flatMap(({ name, files }) => {
    const from = packageFolder(name);
    for (const pattern of files) {
      const found = globSync(pattern, { cwd: from });
      if (found.length === 0) throw new Error(`${name} has no ${pattern}`);
      for (const file of found) {
        const target = join(folder, name, file);
        mkdirSync(dirname(target), { recursive: true });
        cpSync(join(from, file), target);
        // A library is no program, whatever the package says.
        chmodSync(target, 0o644);
      }
    }
    writeFileSync(join(folder, name, 'package.json'), manifest(join(from, 'package.json'), names));
    return files.some((file) => file.startsWith('LICENSE')) ? [from] : [];
  });
}

/** What says where the package comes from and how it is loaded; nothing to run at its installation, or that is not there. */
function manifest(file: string, present: ReadonlySet<string>): string {
  const given = JSON.parse(readFileSync(file, 'utf8'));
  const { name, version, description, license, author, homepage, repository, main } = given;
  const kept = (packages: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(packages).filter(([one]) => present.has(one)));
  const dependencies = {
    ...kept(given.dependencies),
    ...kept(given.optionalDependencies),
  };
  // The lockfile decides on versions; the packages lie beside each other.
  const exact = Object.fromEntries(Object.keys(dependencies).map((one) => [one, versionOf(one)]));
  const content = { name, version, description, license, author, homepage, repository, main };
  const more = Object.keys(exact).length === 0 ? {} : { dependencies: exact };
  return `${JSON.stringify({ ...content, ...more }, null, 2)}\n`;
}

export function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(packageFolder(name), 'package.json'), 'utf8')).version;
}

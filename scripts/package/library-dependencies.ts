// Which Debian packages programs need that were built elsewhere: read from the versions of symbols that stand in their binaries, for
// another architecture as well, where dpkg-shlibdeps(1) cannot look the libraries up.
import { readFileSync } from 'node:fs';

/** The compiler whose libstdc++ has the first symbol of a version (https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html). */
const compilers: readonly (readonly [symbols: string, compiler: string])[] = [
  ['3.4.21', '5'],
  ['3.4.22', '6'],
  ['3.4.25', '8'],
  ['3.4.28', '9'],
  ['3.4.29', '11'],
  ['3.4.30', '12'],
  ['3.4.32', '13'],
  ['3.4.33', '14'],
];

/** For the field Depends of a package with these binaries. */
export function libraryDependencies(binaries: readonly string[]): string[] {
  const texts = binaries.map((file) => readFileSync(file, 'latin1'));
  const newest = (symbols: string): string | undefined => {
    const pattern = new RegExp(`\\0${symbols}_(\\d+(?:\\.\\d+)+)(?=\\0)`, 'g');
    const versions = texts.flatMap((text) => Array.from(text.matchAll(pattern), ([, version = '']) => version));
    return versions.toSorted(compareVersions).at(-1);
  };
  const [c, cxx] = [newest('GLIBC'), newest('GLIBCXX')];
  if (c === undefined || cxx === undefined) throw new Error(`no versions of symbols in ${binaries.join(', ')}`);
  const compiler = compilers.find(([version]) => compareVersions(version, cxx) >= 0)?.[1];
  if (compiler === undefined)
    throw new Error(`GLIBCXX_${cxx} is newer than scripts/package/library-dependencies.ts knows`);
  return [`libc6 (>= ${c})`, 'libgcc-s1', `libstdc++6 (>= ${compiler})`];
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

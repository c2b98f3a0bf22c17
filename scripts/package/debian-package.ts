// The Debian package: the program and its Node.js in /usr/lib/understudy, the unit, the pages and completions, for one architecture.
// It is made by dpkg-deb(1) from a tree, without network and as any account, and is the same bytes each time.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { debianChangelog, readChangelog } from './changelog.ts';
import { libraryDependencies } from './library-dependencies.ts';
import type { Architecture } from './native-packages.ts';
import {
  inProject,
  normalize,
  type PackageIdentity,
  packageIdentity,
  projectFolder,
  stageProgram,
} from './program-tree.ts';
import { packageFolder, run } from './registry-packages.ts';

const name = 'understudy';
const maintainer = 'Understudy maintainers <maintainers@understudy.example>';
const program = 'usr/lib/understudy';
const documents = `usr/share/doc/${name}`;

/** As Debian calls them. */
export const debianArchitectures: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface DebianOptions {
  readonly identity?: PackageIdentity;
  /** Compresses hardly at all: larger, and made in seconds rather than minutes. */
  readonly isFast?: boolean;
}

/** Makes the package in `outputFolder`, and returns its path. */
export async function makeDebianPackage(
  outputFolder: string,
  architecture: Architecture,
  { identity = packageIdentity(), isFast = false }: DebianOptions = {},
): Promise<string> {
  const { version, seconds } = identity;
  const work = mkdtempSync(join(tmpdir(), 'understudy-deb-'));
  try {
    const tree = join(work, 'tree');
    await stageFiles(tree, architecture, version);
    const files = globSync('**/*', { cwd: tree, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
    mkdirSync(join(tree, 'DEBIAN'));
    writeControl(tree, files, version, debianArchitectures[architecture]);
    normalize(tree, seconds);
    const deb = `${name}_${version}_${debianArchitectures[architecture]}.deb`;
    const words = ['--root-owner-group', '-Zxz', isFast ? '-z0' : '-z6', '--build', tree, join(work, deb)];
    run('dpkg-deb', words, { SOURCE_DATE_EPOCH: String(seconds) });
    mkdirSync(outputFolder, { recursive: true });
    cpSync(join(work, deb), join(outputFolder, `${deb}.new`));
    renameSync(join(outputFolder, `${deb}.new`), join(outputFolder, deb));
    return join(outputFolder, deb);
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function stageFiles(tree: string, architecture: Architecture, version: string): Promise<void> {
  const own = join(tree, program);
  const node = packageFolder(`node-linux-${architecture}`);
  await stageProgram(own, { version, wanted: [architecture], others: [node] });
  cpSync(join(node, 'bin/node'), join(own, 'node'));
  startWithOwnNode(join(own, 'dist/understudy.cjs'));
  mkdirSync(join(tree, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/understudy/dist/understudy.cjs', join(tree, 'usr/bin/understudy'));

  const put = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), content);
  };
  const putZipped = (path: string, content: string): void => put(`${path}.gz`, gzipSync(content, { level: 9 }));
  put('usr/lib/systemd/system/understudy@.service', inProject('packaging/understudy@.service'));
  put('usr/lib/sysusers.d/understudy.conf', inProject('packaging/understudy.sysusers'));
  for (const page of globSync('*', { cwd: join(projectFolder, 'packaging/generated/man') })) {
    putZipped(`usr/share/man/man${page.at(-1)}/${page}`, inProject(`packaging/generated/man/${page}`));
  }
  const completion = (shell: string): string => inProject(`packaging/generated/completions/understudy.${shell}`);
  put('usr/share/bash-completion/completions/understudy', completion('bash'));
  put('usr/share/fish/vendor_completions.d/understudy.fish', completion('fish'));
  put('usr/share/zsh/vendor-completions/_understudy', completion('zsh'));
  put(`usr/share/lintian/overrides/${name}`, inProject('packaging/debian/lintian-overrides'));
  put(`${documents}/copyright`, inProject('packaging/debian/copyright'));
  const releases = readChangelog(inProject('CHANGELOG.md'));
  const told = releases[0].version === version ? releases : [{ ...releases[0], version }, ...releases.slice(1)];
  putZipped(`${documents}/changelog`, debianChangelog(name, maintainer, told));
  const notices = 'third-party-notices.txt';
  putZipped(`${documents}/${notices}`, readFileSync(join(own, notices), 'utf8'));
  // The notices have the licences of all packages.
  for (const file of [notices, ...globSync('node_modules/**/LICENSE*', { cwd: own })]) rmSync(join(own, file));
  cpSync(join(projectFolder, 'examples'), join(tree, documents, 'examples'), { recursive: true });
}

/** The first line of the program names the Node.js of the package: it is started by no other, and without one in between. */
function startWithOwnNode(file: string): void {
  const text = readFileSync(file, 'utf8');
  const first = '#!/usr/bin/env node\n';
  if (!text.startsWith(first)) throw new Error(`${file} does not begin with ${first}`);
  writeFileSync(file, `#!/${program}/node\n${text.slice(first.length)}`);
  chmodSync(file, 0o755);
}

function writeControl(tree: string, files: readonly string[], version: string, architecture: string): void {
  const binaries = files.filter((file) => file.endsWith('.node') || basename(file) === 'node');
  const kibibytes = files.reduce((sum, file) => sum + Math.ceil(lstatSync(file).size / 1024), 0);
  const { description } = JSON.parse(inProject('package.json'));
  const control = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Maintainer: maintainer,
    'Installed-Size': kibibytes,
    Depends: libraryDependencies(binaries).join(', '),
    Recommends: 'systemd',
    Section: 'admin',
    Priority: 'optional',
    Description: `live copy of folders on a second server, by script\n ${description.replace(/, and /, ',\n and ')}.`,
  };
  const fields = Object.entries(control).map(([field, value]) => `${field}: ${value}\n`);
  writeFileSync(join(tree, 'DEBIAN/control'), fields.join(''));
  const sums = files.map((file) => {
    const digest = createHash('md5').update(readFileSync(file)).digest('hex');
    return `${digest}  ${file.slice(tree.length + 1)}\n`;
  });
  writeFileSync(join(tree, 'DEBIAN/md5sums'), sums.join(''));
  for (const script of ['postinst', 'prerm', 'postrm']) {
    writeFileSync(join(tree, 'DEBIAN', script), inProject(`packaging/debian/${script}`));
    chmodSync(join(tree, 'DEBIAN', script), 0o755);
  }
}

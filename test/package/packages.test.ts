// The npm package and the Debian package, made once each: what is in them, and that what is in them runs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianArchitectures, makeDebianPackage } from '../../scripts/package/debian-package.ts';
import type { Architecture } from '../../scripts/package/native-packages.ts';
import { makeNpmPackage, npmName } from '../../scripts/package/npm-package.ts';
import { findProgram } from '../../scripts/packages.ts';
import { requireProgram } from '../support/packages.ts';

const projectFolder = join(import.meta.dirname, '../..');
const olderNode = process.env.npm_node_execpath ?? process.execPath;
const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
const installing = join(projectFolder, 'docs/installing.md');
const architecture = process.arch as Architecture;
const ownNode = join(projectFolder, 'node_modules', `node-linux-${architecture}`);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy packages-'));
  mkdirSync(join(folder, 'workload'));
  writeFileSync(join(folder, 'workload/a'), 'first');
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, ...words: readonly string[]): Ended {
  const env = {
    PATH: `/usr/sbin:/usr/bin:/sbin:/bin:${dirname(process.execPath)}`,
    HOME: join(folder, 'home'),
    LC_ALL: 'C',
  };
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** What a program printed that ended well. */
function output(program: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = run(program, ...words);
  expect(status, stderr).toBe(0);
  return stdout;
}

interface Entry {
  readonly mode: string;
  readonly owner: string;
  readonly time: string;
  readonly path: string;
}

/** Of a listing by tar(1), or by dpkg-deb, which calls it. */
function entriesOf(listing: string): Entry[] {
  return listing
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', , day, time, ...path] = line.split(/ +/);
      return { mode, owner, time: `${day} ${time}`, path: path.join(' ').replace(/ (?:->|link to) .*$/, '') };
    });
}

/** What may be in no package: tests, sources, and parts for other systems. */
const foreign = /(?:^|\/)tests?\/|\.test\.|\.tsx?$|\.map$|musl|darwin|win32|\.tgz$|\.(?:cc|hh|gyp)$/;

/** The verbs as the program of a package has them: with its language, servers in one process, a task in JavaScript, and capture. */
function expectRuns(program: readonly [string, ...string[]], examples: string, name: string): void {
  const understudy = (...words: readonly string[]): string => output(...program, ...words);
  expect(understudy('--version')).toBe(`understudy ${version}\n`);
  expect(understudy('check', join(examples, 'protect.dtcl'))).toContain('1 script checked, no errors');
  const replica = join(folder, `replica of ${name}`);
  const more = [
    '--workload',
    join(folder, 'workload'),
    '--replica',
    replica,
    '--home',
    join(folder, `home of ${name}`),
  ];
  expect(understudy('run', join(examples, 'protect.dtcl'), ...more)).toContain('1 files compared');
  expect(readFileSync(join(replica, 'a'), 'utf8')).toBe('first');
  writeFileSync(join(folder, 'script.dtcl'), 'task add($a, $b) in javascript """return a + b"""\nwrite add(1, 2)\n');
  expect(understudy('run', join(folder, 'script.dtcl'), '--home', join(folder, `home of ${name}`))).toContain('3');
}

describe('the npm package', () => {
  let tarball: string;
  let installed: string;
  let entries: readonly Entry[];

  /** As npm puts it: unpacked, with the Node.js of its optional dependency beside its other packages. */
  beforeAll(async () => {
    tarball = await makeNpmPackage(join(folder, 'npm'));
    entries = entriesOf(output('tar', '-tzvf', tarball));
    output('tar', '-xzf', tarball, '-C', join(folder, 'npm'));
    installed = join(folder, 'npm/package');
    symlinkSync(ownNode, join(installed, 'node_modules', `node-linux-${architecture}`));
  });

  it('has the program, its packages for both architectures, and nothing else', () => {
    const paths = entries.map(({ path }) => path.replace(/^package\//, ''));
    expect(paths.filter((path) => foreign.test(path))).toEqual([]);
    const binaries = paths.filter((path) => path.endsWith('.node')).map((path) => path.replace('node_modules/', ''));
    expect(binaries.toSorted()).toEqual(
      [
        '@koromix/koffi-linux-arm64/linux_arm64/koffi.node',
        '@koromix/koffi-linux-x64/linux_x64/koffi.node',
        '@node-rs/xxhash-linux-arm64-gnu/xxhash.linux-arm64-gnu.node',
        '@node-rs/xxhash-linux-x64-gnu/xxhash.linux-x64-gnu.node',
        ...['arm64', 'x64'].flatMap((one) =>
          [137, 147].map((abi) => `isolated-vm/prebuilds/linux-${one}/isolated-vm.abi${abi}.glibc.node`),
        ),
      ].toSorted(),
    );
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'man/understudy.1']));
    expect(statSync(tarball).size).toBeLessThan(20e6);
  });

  it('lets everybody read it, and run the program alone', () => {
    expect(entries.filter(({ mode }) => mode === '-rwxr-xr-x').map(({ path }) => path)).toEqual([
      'package/dist/understudy.cjs',
    ]);
    expect(entries.filter(({ mode }) => !/^-rw[x-]r-[x-]r-[x-]$/.test(mode))).toEqual([]);
  });

  it('says what it is, runs nothing at its installation, and has what it bundles', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: npmName, version, license: 'Apache-2.0', os: ['linux'] });
    expect(manifest.scripts).toBeUndefined();
    expect(manifest.bundleDependencies.toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted());
    const { optionalDependencies } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
    expect(manifest.optionalDependencies).toEqual(optionalDependencies);
    for (const { path } of entries.filter((entry) => entry.path.endsWith('/package.json'))) {
      const { scripts, dependencies = {} } = JSON.parse(readFileSync(join(folder, 'npm', path), 'utf8'));
      expect(scripts).toBeUndefined();
      for (const name of Object.keys(dependencies))
        expect(existsSync(join(installed, 'node_modules', name))).toBe(true);
    }
  });

  it('has the licence of everything in it', () => {
    const notices = readFileSync(join(installed, 'third-party-notices.txt'), 'utf8');
    for (const name of ['commander', 'zod', 'koffi', 'isolated-vm', 'node-gyp-build', '@node-rs/xxhash']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\((?:MIT|ISC)\\)$`, 'm'));
    }
  });

  it.each([
    ['its own Node.js', process.execPath],
    ['the Node.js npm was started with', olderNode],
  ])('runs on %s', (name, node) => {
    expectRuns([node, join(installed, 'dist/understudy.cjs')], join(installed, 'examples'), name);
  });

  it('is installed by npm as the document says', () => {
    const prefix = join(folder, 'npm/local');
    const [block = ''] = /(?<=```text\n)npm install[\s\S]*?(?=```)/.exec(readFileSync(installing, 'utf8')) ?? [];
    const typed = block.replaceAll('VERSION', version).replaceAll('~/.local', `'${prefix}'`);
    const { status, stdout, stderr } = spawnSync('bash', ['-euc', typed], { cwd: dirname(tarball), encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`understudy ${version}`);
    expectRuns([join(prefix, 'bin/understudy')], join(prefix, 'lib/node_modules', npmName, 'examples'), 'npm');
    expect(readFileSync(join(prefix, 'share/man/man1/understudy.1'), 'utf8')).toContain('.TH "UNDERSTUDY"');
  });

  it('is the same bytes each time', async () => {
    const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(digest(await makeNpmPackage(join(folder, 'again')))).toBe(digest(tarball));
  });
});

describe.runIf(requireProgram('dpkg-deb'))('the Debian package', () => {
  let deb: string;
  let tree: string;
  let entries: readonly Entry[];
  const program = 'usr/lib/understudy';
  const inTree = (path: string): string => readFileSync(join(tree, path), 'utf8');
  const field = (name: string): string => output('dpkg-deb', '--field', deb, name).trim();

  beforeAll(async () => {
    deb = await makeDebianPackage(join(folder, 'deb'), architecture, { isFast: true });
    entries = entriesOf(output('dpkg-deb', '--contents', deb));
    tree = join(folder, 'tree');
    output('dpkg-deb', '--raw-extract', deb, tree);
  });

  it('says what it is', () => {
    expect(field('Package')).toBe('understudy');
    expect(field('Version')).toBe(version);
    expect(field('Architecture')).toBe(debianArchitectures[architecture]);
    expect(Number(field('Installed-Size'))).toBeGreaterThan(100_000);
  });

  it('belongs to root, in one moment, and nobody else may write to it', () => {
    expect(entries.filter(({ owner }) => owner !== 'root/root')).toEqual([]);
    expect(new Set(entries.map(({ time }) => time)).size).toBe(1);
    expect(entries.filter(({ mode }) => !/^(?:d|-)rw[x-]r-[x-]r-[x-]$|^lrwxrwxrwx$/.test(mode))).toEqual([]);
    const executable = entries.filter(({ mode }) => mode === '-rwxr-xr-x').map(({ path }) => path);
    expect(executable).toEqual([`./${program}/dist/understudy.cjs`, `./${program}/node`]);
  });

  it('has the program with its Node.js, a unit, pages, completions, and nothing of other systems', () => {
    const paths = entries.map(({ path }) => path);
    expect(paths.filter((path) => foreign.test(path))).toEqual([]);
    const other = architecture === 'x64' ? 'arm64' : 'x64';
    expect(paths.filter((path) => path.includes(other))).toEqual([]);
    const wanted = [
      'usr/bin/understudy',
      'usr/lib/systemd/system/understudy@.service',
      'usr/lib/sysusers.d/understudy.conf',
      'usr/share/man/man1/understudy-run.1.gz',
      'usr/share/man/man5/server.json.5.gz',
      'usr/share/bash-completion/completions/understudy',
      'usr/share/zsh/vendor-completions/_understudy',
      'usr/share/fish/vendor_completions.d/understudy.fish',
      'usr/share/doc/understudy/copyright',
      'usr/share/doc/understudy/changelog.gz',
    ];
    expect(paths).toEqual(expect.arrayContaining(wanted.map((path) => `./${path}`)));
    expect(inTree(`${program}/dist/understudy.cjs`)).toMatch(/^#!\/usr\/lib\/understudy\/node\n/);
  });

  it('has a sum of every file, and scripts for the shell', () => {
    const { status, stderr } = spawnSync('md5sum', ['--quiet', '--check', 'DEBIAN/md5sums'], {
      cwd: tree,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const files = entries.filter(({ mode }) => mode.startsWith('-'));
    expect(inTree('DEBIAN/md5sums').trimEnd().split('\n').length).toBe(files.length);
    for (const script of ['postinst', 'prerm', 'postrm']) output('sh', '-n', join(tree, 'DEBIAN', script));
  });

  it('has the licences of all that it bundles, of Node.js too', () => {
    const notices = output('gzip', '-dc', join(tree, 'usr/share/doc/understudy/third-party-notices.txt.gz'));
    for (const name of ['commander', 'isolated-vm', `node-linux-${architecture}`])
      expect(notices).toContain(`\n${name} `);
    expect(notices).toContain('Copyright Node.js contributors');
  });

  it('needs the packages that have its libraries', () => {
    const depends = field('Depends').split(', ');
    const binaries = entries.filter(({ path }) => path.endsWith('.node') || path === `./${program}/node`);
    expect(binaries.length).toBe(4);
    for (const { path } of binaries) {
      const linked = output('ldd', join(tree, path));
      expect(linked).not.toContain('not found');
      for (const [, library = ''] of linked.matchAll(/^\t(\S+) => /gm)) {
        expect(library).toMatch(/^lib(?:c|dl|m|pthread|rt|gcc_s|stdc\+\+)\.so\.\d$/);
      }
    }
    expect(depends).toEqual(['libc6 (>= 2.34)', 'libgcc-s1', 'libstdc++6 (>= 12)']);
  });

  it('runs', () => {
    const words = [join(tree, program, 'node'), join(tree, program, 'dist/understudy.cjs')] as const;
    expectRuns([...words], join(tree, 'usr/share/doc/understudy/examples'), 'deb');
  });

  it.runIf(findProgram('systemd-analyze'))('has a unit that systemd understands', () => {
    const unit = join(folder, 'understudy@.service');
    const text = inTree('usr/lib/systemd/system/understudy@.service');
    // The program is not in its place here, and a path in a unit has no blanks.
    writeFileSync(unit, text.replace('ExecStart=/usr/bin/understudy ', `ExecStart=${process.execPath} `));
    expect(run('systemd-analyze', 'verify', '--man=no', unit)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.runIf(findProgram('systemd-sysusers'))('has an account that systemd understands', () => {
    const { status, stdout, stderr } = run(
      'systemd-sysusers',
      '--dry-run',
      join(tree, 'usr/lib/sysusers.d/understudy.conf'),
    );
    expect(status).toBe(0);
    expect(stdout + stderr).not.toMatch(/conf:\d+:/);
  });
});

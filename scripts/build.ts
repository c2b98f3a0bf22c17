// Bundles the program into dist/: few files of JavaScript, each of them loaded when a verb needs it, so that a start reads and
// compiles little. They are CommonJS: to import `node:fs` and its like takes milliseconds that to require them does not.
// Packages with binaries stay packages; all others are within, with their licences in third-party-licences.txt.
//
//   npm run build
//
// What must hold of a build is in test/project/build.test.ts. dist/ may be moved anywhere where those packages are found.
import { chmodSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type OutputChunk, type OutputOptions, type Plugin, type RolldownOptions, rolldown } from 'rolldown';
import { alone, chunks } from './build/chunks.ts';

const projectFolder = join(import.meta.dirname, '..');
const inProject = (path: string): string => join(projectFolder, path);
const nativePackages = [/^koffi$/, /^isolated-vm$/, /^@node-rs\//];

/**
 * Replaces what is in `folder`, and returns the chunks. Rejects when the bundler warns of anything. `version` is what the build says
 * of itself.
 */
export async function build(folder: string, version = ownVersion()): Promise<readonly OutputChunk[]> {
  const shared = { main: inProject('src/cli/main.ts') };
  const written = await bundle(version, shared, { dir: folder, cleanDir: true, codeSplitting: { groups } });
  for (const [path, name] of alone) {
    written.push(...(await bundle(version, { [name]: inProject(path) }, { dir: folder, codeSplitting: false })));
  }
  chmodSync(join(folder, 'understudy.cjs'), 0o755);
  writeFileSync(join(folder, 'third-party-licences.txt'), licences(written));
  return written;
}

async function bundle(
  version: string,
  input: Readonly<Record<string, string>>,
  output: OutputOptions,
): Promise<OutputChunk[]> {
  const options: RolldownOptions = {
    cwd: projectFolder,
    input,
    platform: 'node',
    external: nativePackages,
    preserveEntrySignatures: false,
    plugins: [versioned(version), workers, programs, launched],
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message);
    },
  };
  await using bundled = await rolldown(options);
  const names = { entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs' };
  const written = await bundled.write({ ...output, ...names, ...shape });
  return written.output.filter((one) => one.type === 'chunk');
}

/**
 * One character beyond ASCII makes V8 keep a whole file with two bytes for each of its characters, and read it slower. What is
 * executed has no use for comments other than those of licences.
 */
const shape: OutputOptions = {
  format: 'cjs',
  charset: 'ascii',
  comments: { legal: true, annotation: false, jsdoc: false },
};

const names = Object.keys(chunks);
const groups = Object.entries(chunks).map(([name, files]) => ({
  name,
  priority: names.length - names.indexOf(name),
  test: (id: string) => files.some((file) => id.startsWith(inProject(file))),
}));

/** The version is part of the build, which need not lie beside a package.json. */
function versioned(version: string): Plugin {
  return {
    name: 'version',
    load(id) {
      if (id !== inProject('src/cli/package-version.ts')) return undefined;
      return `export const packageVersion = () => ${JSON.stringify(version)};`;
    },
  };
}

function ownVersion(): string {
  return JSON.parse(readFileSync(inProject('package.json'), 'utf8')).version;
}

/** The file of a thread or a process is beside the chunks, whatever its place in the source. */
const workers: Plugin = {
  name: 'workers',
  transform(code, id) {
    const found = code.replaceAll(/new URL\('([^']+\.ts)', import\.meta\.url\)/g, (_all, path: string) => {
      const name = alone.get(relative(projectFolder, join(dirname(id), path)));
      if (name === undefined) throw new Error(`${path} runs apart from ${id}; name it in scripts/build/chunks.ts`);
      return `new URL('./${name}.cjs', import.meta.url)`;
    });
    return found === code ? undefined : { code: found };
  },
};

/** Commander starts programs for verbs in files of their own, of which there are none. */
const programs: Plugin = {
  name: 'programs',
  resolveId: (id, importer) =>
    id === 'node:child_process' && importer?.includes('/node_modules/commander/') ? '\0no-programs' : undefined,
  load: (id) => (id === '\0no-programs' ? 'export {};' : undefined),
};

/** The launcher is compiled before the cache is there, so it has only its own few lines. */
const launched: Plugin = {
  name: 'launched',
  resolveId: (id, importer) =>
    importer?.endsWith('/launcher.cjs') && id.endsWith('/main.ts') ? { id: './main.cjs', external: true } : undefined,
};

function licences(written: readonly OutputChunk[]): string {
  const ids = written.flatMap(({ moduleIds }) => moduleIds);
  const folders = new Set(ids.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  return [...folders].toSorted().map(licence).join('\n');
}

/** The licence of the package in this folder, with a heading. */
export function licence(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const [file] = globSync('{LICENSE,LICENCE,License,license}*', { cwd: folder });
  if (file === undefined) throw new Error(`${name} has no file with its licence`);
  return `${'='.repeat(80)}\n${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

if (import.meta.main) {
  const written = await build(inProject('dist'));
  const bytes = written.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0);
  console.log(`dist/understudy.cjs and ${written.length - 1} chunks, ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
}

// What `npm run build` makes: it does what the source does, wherever it lies, and a start loads no more than it needs.
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/build.ts';
import { Pair, Stage } from '../support/serve-process.ts';

const projectFolder = join(import.meta.dirname, '../..');
const sourceProgram = join(projectFolder, 'bin/understudy.js');
const olderNode = process.env.npm_node_execpath ?? process.execPath;
const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
const filesMax = 28;
let folder: string;
let dist: string;
let builtProgram: string;

/** A build as a package installs it: only the packages with binaries beside it. */
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'understudy build-')));
  dist = join(folder, 'installed/dist');
  builtProgram = join(dist, 'understudy.cjs');
  await build(dist);
  const packages = join(folder, 'installed/node_modules');
  for (const name of ['koffi', '@koromix', 'isolated-vm', 'node-gyp-build', '@node-rs']) {
    cpSync(join(projectFolder, 'node_modules', name), join(packages, name), { recursive: true });
  }
  const ownNode = `node-${process.platform}-${process.arch}`;
  symlinkSync(join(projectFolder, 'node_modules', ownNode), join(packages, ownNode));
  write('plain.dtcl', 'WRITE "ready"\n');
  write('empty.dtcl', '# nothing yet\n');
  write('formatted.dtcl', 'write "ready"\n');
  write('wrong.dtcl', 'conect sales\nWRITE 1 +\n');
  write('protect.dtcl', protect);
  write('rehearsed.dtcl', protect.replace(/^task .*\n/m, '').replace(', add(1, 2)', ''));
  write('short.scenario', 'SERVERS alpha beta\nWORKLOAD alpha /w 5 FILES\nLASTS 5m\nEXPECT EXIT 0\n');
  write('workload/a', 'first');
  write('workload/below/b', 'second');
});

afterAll(() => rmSync(folder, { recursive: true }));

const protect = `param $workload as string "what is protected"
param $replica as string "where its copy goes"
task add($a, $b) in javascript """return a + b"""
source alpha
target beta
repset create sales
repset rule add $workload include to sales
repset save
$con = connect sales to beta map $workload to $replica
wait for mirror $con timeout 1 minute
$check = verify $con report
write $check.same, add(1, 2)
`;

function write(name: string, content: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in the folder of this test, where its cache is, too. */
async function run(program: string, words: readonly string[], input = ''): Promise<Ended> {
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await ended, stdout, stderr };
}

/** What the build did; the source must have done the same. `{}` in a word is a name that is another one for each. */
async function asFromSource(words: readonly string[], input?: string): Promise<Ended> {
  const runAs = async (program: string, name: string): Promise<Ended> => {
    const ended = await run(
      program,
      words.map((word) => word.replace('{}', name)),
      input,
    );
    const alike = (said: string): string =>
      said
        .replaceAll(name, '{}')
        .replaceAll(/ in [\d.]+ s\b/g, ' in 0 s')
        .replaceAll(/_[\da-f]{12} /g, '_0 ');
    return { ...ended, stdout: alike(ended.stdout), stderr: alike(ended.stderr) };
  };
  const [built, source] = await Promise.all([runAs(builtProgram, 'of-build'), runAs(sourceProgram, 'of-source')]);
  expect(built).toEqual(source);
  return built;
}

describe('the build does what the source does', () => {
  it.each([
    { words: ['--help'], says: 'Usage: understudy' },
    { words: ['run', '--help'], says: 'Usage: understudy run FILE' },
    { words: ['no-such-verb'], status: 2 },
    { words: ['check', 'plain.dtcl', 'wrong.dtcl'], status: 3, says: 'CONNECT' },
    { words: ['fmt', '-'], input: 'write   1', says: 'write 1\n' },
    { words: ['run', 'wrong.dtcl', '--home', 'home-{}'], status: 3 },
    { words: ['run', 'protect.dtcl', '--help'], says: '--replica' },
    { words: ['plan', 'protect.dtcl', '--workload', '/w', '--replica', '/r'], says: 'CONNECT' },
    { words: ['repl', '--home', 'home-{}'], input: 'write 1 + 1\nquit\n', says: '2' },
    { words: ['status', '--home', 'home-{}'], status: 3 },
    { words: ['simulate', '--runs', '2', '--seed', '1'], says: 'history ' },
    {
      words: ['rehearse', 'rehearsed.dtcl', '--scenario', 'short.scenario', '--workload', '/w', '--replica', '/r'],
      says: '1 of 1 expectations held',
    },
  ])('$words', async ({ words, input, status = 0, says = '' }) => {
    const ended = await asFromSource(words, input);
    expect(ended.status).toBe(status);
    expect(ended.stdout + ended.stderr).toContain(says);
  });

  it('protects a folder in one process, with JavaScript', async () => {
    const more = ['--workload', join(folder, 'workload'), '--replica', join(folder, 'replica-{}')];
    const { status, stdout } = await asFromSource(['run', 'protect.dtcl', '--home', 'home-{}', ...more]);
    expect(status).toBe(0);
    expect(stdout).toContain('2 files compared');
    expect(stdout).toMatch(/^true3$/m);
    expect(readFileSync(join(folder, 'replica-of-build/below/b'), 'utf8')).toBe('second');
  });

  it('knows its version', async () => {
    const { stdout } = await asFromSource(['check', '--format', 'sarif', 'wrong.dtcl']);
    expect(JSON.parse(stdout).runs[0].tool.driver.version).toBe(version);
  });

  it('answers an editor', async () => {
    const messages = [
      { id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } },
      { id: 2, method: 'shutdown' },
      { method: 'exit' },
    ].map((message) => JSON.stringify({ jsonrpc: '2.0', ...message }));
    const input = messages.map((one) => `Content-Length: ${one.length}\r\n\r\n${one}`).join('');
    const { stdout } = await asFromSource(['lsp', '--stdio'], input);
    expect(stdout).toContain('completionProvider');
  });
});

it('servers of the build pair, link and replicate', async () => {
  const pair = await Pair.open(Stage.open(builtProgram));
  writeFileSync(join(pair.workload, 'a'), 'first');
  const { out } = await pair.connect('wait for mirror $con timeout 1 minute\nwrite $con.target.state');
  expect(out).toMatch(/^OK$/m);
  await pair.untilEqual();
  const { exitCode, out: status } = await pair.stage.command('status', '--home', pair.source.home);
  expect(exitCode).toBe(0);
  expect(status).toContain('beta');
  expect((await pair.source.terminate()).exitCode).toBe(0);
});

describe('the files of the build', () => {
  const files = (): readonly string[] => globSync('**/*', { cwd: dist }).filter((name) => name.includes('.'));

  it('are few, and name no place of this machine', () => {
    expect(files().length).toBeGreaterThan(5);
    expect(files().length).toBeLessThanOrEqual(filesMax);
    const naming = files().filter((name) => {
      const content = readFileSync(join(dist, name), 'utf8');
      return content.includes(projectFolder) || content.includes(folder);
    });
    expect(naming).toEqual([]);
  });

  it('are ASCII, which V8 keeps with one byte for each character', () => {
    const code = files().filter((name) => name.endsWith('.cjs'));
    expect(code).toContain('language.cjs');
    const wide = code.filter((name) => /[\u0080-\uffff]/.test(readFileSync(join(dist, name), 'utf8')));
    expect(wide).toEqual([]);
  });

  it('have the licence of every package that is within', () => {
    const licences = readFileSync(join(dist, 'third-party-licences.txt'), 'utf8');
    for (const name of ['commander', 'hono', 'zod', 'pino', 'croner']) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
    }
  });

  it('start on the Node.js npm was started with, too', () => {
    const { status, stdout } = spawnSync(olderNode, [builtProgram, 'fmt', '-'], { input: 'write 1', encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'write 1\n' });
  });
});

describe('a start of the build', () => {
  /** The names of its files that it loads, and the modules of Node.js. */
  function loadedBy(...words: readonly string[]): readonly string[] {
    const list = join(mkdtempSync(join(folder, 'loading-')), 'list');
    const hook = join(folder, 'hook.cjs');
    const record = `(url, context, next) => (appendFileSync(process.env.LOADED, url + '\\n'), next(url, context))`;
    writeFileSync(
      hook,
      `const { appendFileSync } = require('node:fs');\nrequire('node:module').registerHooks({ load: ${record} });\n`,
    );
    const env = { ...process.env, LOADED: list, XDG_CACHE_HOME: join(folder, 'cache') };
    const program = ['--require', hook, builtProgram, ...words];
    const { status, stderr } = spawnSync(process.execPath, program, { cwd: folder, env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return readFileSync(list, 'utf8')
      .trim()
      .split('\n')
      .map((url) => basename(url));
  }

  it.each([
    // The engine is in the server's chunk; one without a statement does without the language, too.
    { words: ['run', 'empty.dtcl', '--home', 'home-loading'], chunks: ['run'] },
    { words: ['run', 'plain.dtcl', '--home', 'home-loading'], chunks: ['run', 'language'] },
    { words: ['check', 'plain.dtcl'], chunks: ['language', 'run'] },
    { words: ['fmt', '--check', 'formatted.dtcl'], chunks: ['fmt', 'language', 'run'] },
    { words: ['runs', 'list', '--home', 'home-none'], chunks: ['runs', 'run', 'run-history', 'zod'] },
  ])('loads no more than it needs for $words', ({ words, chunks }) => {
    const loaded = loadedBy(...words);
    expect(loaded.filter((name) => name.endsWith('.cjs'))).toEqual(
      ['understudy', 'main', ...chunks].map((name) => `${name}.cjs`),
    );
  });

  it('loads no module of Node.js that takes long, for a script without a command', () => {
    const loaded = loadedBy('run', 'plain.dtcl', '--home', 'home-loading');
    expect(loaded).toContain('node:fs');
    const dear = /^node:(crypto|child_process|http|https|net|tls|worker_threads)$/;
    expect(loaded.filter((name) => dear.test(name))).toEqual([]);
  });
});

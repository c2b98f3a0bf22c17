// The command as an operator has it: processes, signals, exit codes, two servers that replicate.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';

const program = join(import.meta.dirname, '../../bin/understudy.js');
let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-processes-'));
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map((child) => ended(child, 'SIGKILL')));
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly notes: string;
}

function start(...words: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const environment = { ...process.env, XDG_STATE_HOME: join(folder, 'state') };
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  children.push(child);
  let [out, notes] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    notes += chunk.toString('utf8');
  });
  const end = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, notes })));
  return { child, ended: end };
}

function understudy(...words: readonly string[]): Promise<Ended> {
  return start(...words).ended;
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.on('close', () => resolve());
    child.kill(signal);
  });
}

interface Ready {
  readonly listen: string;
  readonly api: string;
  readonly processId: number;
}

async function serve(home: string, ...words: readonly string[]): Promise<{ child: ChildProcess; ready: Ready }> {
  const { child, ended: end } = start('serve', '--home', home, '--json', ...words);
  const line = new Promise<string>((resolve) => child.stdout?.once('data', (chunk: Buffer) => resolve(String(chunk))));
  const first = await Promise.race([line, end.then(({ notes }) => Promise.reject(new Error(notes)))]);
  return { child, ready: JSON.parse(first) as Ready };
}

function script(text: string): string {
  const file = join(folder, 'script.dtcl');
  writeFileSync(file, text);
  return file;
}

function workload(): string {
  const source = join(folder, 'source');
  mkdirSync(join(source, 'below'), { recursive: true });
  writeFileSync(join(source, 'a'), 'first');
  writeFileSync(join(source, 'below', 'b'), Buffer.alloc(100_000, 1));
  return source;
}

const protect = (source: string, replica: string, more: string): string => `source alpha
target beta
repset create sales
repset rule add "${source}" include to sales
repset save
$con = connect sales to beta map "${source}" to "${replica}" capture watch
wait for mirror $con timeout 1 minute
${more}`;

it('protects a folder in one process, says how it ended, and leaves the replica', async () => {
  const replica = join(folder, 'replica');
  const more = 'queuetask stamp to beta onexecute = "/bin/true" timeout = 30\nverify $con\nwrite $con.target.state\n';
  const file = script(protect(workload(), replica, more));
  const { code, out, notes } = await understudy('run', file, '--home', join(folder, 'home'));
  expect(notes).toBe(`Connection 1 (sales to beta) came to a clean stop: the replica is ${replica}\n`);
  expect(out).toContain('2 files compared');
  expect(out).toMatch(/^OK$/m);
  expect(code).toBe(0);
  expect(readFileSync(join(replica, 'a'), 'utf8')).toBe('first');
});

it('says what is wrong with a workload that is not there, without a stack', async () => {
  const missing = join(folder, 'missing');
  const { code, notes } = await understudy('run', script(protect(missing, join(folder, 'replica'), '')));
  expect(code).toBe(1);
  expect(notes).toContain(missing);
  expect(notes).toMatch(/no such file or directory/);
  expect(notes).not.toMatch(/^\s+at /m);
});

it('ends on Ctrl-C with code 5', async () => {
  const { child, ended: end } = start('run', script('write "here"\nwait 1 hour\n'));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: 5, out: 'here\n' });
});

it('serves one home once, tells who does, and stops cleanly on SIGTERM', async () => {
  const home = join(folder, 'alpha');
  const first = await serve(home, '--name', 'alpha', '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0');
  expect(statSync(join(home, 'api.socket')).mode & 0o777).toBe(0o600);
  const second = await understudy('serve', '--home', home);
  expect(second.code).toBe(1);
  expect(second.notes).toContain(`the server alpha, process ${first.ready.processId}, is using it`);
  const status = await understudy('status', '--home', home, '--json');
  expect(JSON.parse(status.out)).toMatchObject({ name: 'alpha', jobs: [] });
  const end = new Promise((resolve) => first.child.on('close', resolve));
  first.child.kill('SIGTERM');
  expect(await end).toBe(0);
  expect(existsSync(join(home, 'api.socket'))).toBe(false);
  // The next start has the same name and ports, and a killed one leaves nothing in its way.
  const again = await serve(home);
  expect(again.ready).toMatchObject({ listen: first.ready.listen, api: first.ready.api });
  await ended(again.child, 'SIGKILL');
  const other = await understudy('serve', '--home', home, '--name', 'gamma');
  expect(other.notes).toContain('this home folder belongs to the server alpha');
  await serve(home);
});

it('refuses a configuration with a key that it does not know, by name', async () => {
  const home = join(folder, 'alpha');
  const { child } = await serve(home, '--name', 'alpha', '--listen', '127.0.0.1:0');
  await ended(child, 'SIGTERM');
  const file = join(home, 'server.json');
  const configuration = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...configuration, tasks: { enabled: true, alow: [] } }));
  const { code, notes } = await understudy('serve', '--home', home);
  expect(code).toBe(1);
  expect(notes).toContain('error: cannot read: server.json: tasks.alow: unknown key');
});

it('replicates between two servers, and goes on by itself when the target was killed', async () => {
  const [alphaHome, betaHome] = [join(folder, 'alpha'), join(folder, 'beta')];
  const source = workload();
  const replica = join(folder, 'replicas', 'sales');
  mkdirSync(join(folder, 'replicas'));
  mkdirSync(betaHome, { mode: 0o700 });
  const targets = { allowedRoots: [join(folder, 'replicas')] };
  const configuration = { version: 1, name: 'beta', listen: '127.0.0.1:0', api: '127.0.0.1:0', targets };
  writeFileSync(join(betaHome, 'server.json'), JSON.stringify(configuration));
  await serve(alphaHome, '--name', 'alpha', '--listen', '127.0.0.1:0', '--api', '127.0.0.1:0');
  const beta = await serve(betaHome, '--name', 'beta');

  const offer = JSON.parse((await understudy('pair', '--home', betaHome, '--json')).out) as { code: string };
  const paired = await understudy('pair', beta.ready.listen, '--code', offer.code, '--home', alphaHome);
  expect(paired).toMatchObject({ code: 0, out: expect.stringContaining('alpha and beta trust each other now.') });
  const reused = await understudy('pair', beta.ready.listen, '--code', offer.code, '--home', alphaHome);
  expect(reused.code).toBe(1);

  const outside = await understudy('run', script(protect(source, join(folder, 'elsewhere'), '')), '--home', alphaHome);
  expect(outside.code).toBe(1);
  expect(outside.notes).toContain('it lies outside what this server allows for replicas');

  const more = 'ping beta\nsnapshot take "first"\nwrite "${con.target.state}"\n';
  const run = await understudy('run', script(protect(source, replica, more)), '--home', alphaHome);
  expect(run.notes).toBe('');
  expect(run.out).toMatch(/^OK$/m);
  expect(readFileSync(join(replica, 'a'), 'utf8')).toBe('first');

  await ended(beta.child, 'SIGKILL');
  writeFileSync(join(source, 'a'), 'second');
  const unknown = await understudy('run', script('source gamma\n'), '--home', alphaHome);
  expect(unknown.notes).toContain('this home knows alpha, beta');
  await serve(betaHome, '--listen', beta.ready.listen, '--api', beta.ready.api);
  // Real time: the source tries again by itself after a while. The test's own time limit ends the wait.
  while (readFileSync(join(replica, 'a'), 'utf8') !== 'second') await sleep(50);
  expect(readdirSync(replica).sort()).toEqual(['a', 'below']);
});

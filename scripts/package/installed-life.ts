// The second part of scripts/proof-package.ts, in a network and mounts of its own: the life of the installed package.
//
//   node scripts/package/installed-life.ts ROOT-OF-ALPHA ROOT-OF-BETA EARLIER.deb PRESENT.deb
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Machine, type Service } from './machine.ts';
import { run } from './registry-packages.ts';
import { configure, home, pair, protect, script } from './two-servers.ts';

const [alphaRoot = '', betaRoot = '', earlier = '', present = ''] = process.argv.slice(2);
const [alpha, beta] = [new Machine(alphaRoot), new Machine(betaRoot)];
const patienceMs = 60_000;

function say(line: string): void {
  console.log(`  ${line}`);
}

/** What a package's installation and removal changes by themselves (dpkg(1), shadow(5)), and what belongs to the operator. */
const notOurs =
  /^(?:var\/lib\/(?:dpkg|apt)|var\/log|var\/cache|srv|etc\/(?:passwd|group|g?shadow)-?$|etc\/\.pwd\.lock)/;
const isHome = (path: string): boolean => path.startsWith('var/lib/understudy');

async function prove(): Promise<void> {
  run('ip', ['link', 'set', 'lo', 'up']);
  for (const { root } of [alpha, beta]) {
    run('mount', ['-t', 'proc', 'proc', `${root}/proc`]);
    run('mount', ['--bind', '/dev', `${root}/dev`]);
  }
  const before = beta.files().filter((path) => !notOurs.test(path));
  const accounts = beta.read('etc/passwd');
  for (const machine of [alpha, beta]) machine.install(earlier);
  const [earlierVersion, presentVersion] = [earlier, present].map((deb) => /_([\d.]+)_/.exec(deb)?.[1] ?? '');
  assert.equal(beta.run('understudy', '--version'), `understudy ${earlierVersion}\n`);
  assert.match(beta.read('etc/passwd'), /^understudy:x:\d+:\d+:Tasks of Understudy:/m);
  say(`installed ${earlierVersion} on both`);

  configure(alpha, beta);
  let [source, target] = await Promise.all([alpha.start('alpha'), beta.start('beta')]);
  pair(alpha, beta);
  protect(alpha, beta);
  await untilEqual('first');
  say('paired, mirrored, and ran tasks, one as the account of the package');

  target = await upgrade(beta, target, 'beta', presentVersion ?? '');
  await goesOnWithoutMirror();
  await source.hears('WATCHDOG=1');
  source = await upgrade(alpha, source, 'alpha', presentVersion ?? '');
  await untilEqual('after both');
  say(`upgraded both to ${presentVersion}; the target went on without a mirror`);

  await target.stop();
  await refusesNewerFormats();
  target = await beta.start('beta');
  await untilEqual('after the formats');

  await source.kill();
  failOver();
  await target.stop();
  say('failed over when the source was gone');
  removed(before, accounts);
}

interface Job {
  readonly notOpen?: string;
  readonly streamId: string;
  readonly mirror: { readonly completed: number; readonly sentBytes: number };
}

function job(machine: Machine, name: string): Job {
  const { text } = machine.try('understudy', 'status', '--json', '--home', home(name));
  return JSON.parse(text).jobs[0];
}

/** Writes a file, and waits until the replica has it and all else. */
async function untilEqual(name: string): Promise<void> {
  alpha.write(`srv/sales/${name}`, `written ${name}\n`);
  const endMs = performance.now() + patienceMs;
  const content = (machine: Machine, folder: string): string =>
    globSync('*', { cwd: machine.path(folder) })
      .toSorted()
      .map((file) => machine.read(`${folder}/${file}`))
      .join('');
  while (content(alpha, 'srv/sales') !== content(beta, 'srv/replicas/sales')) {
    if (performance.now() > endMs) throw new Error(`the replica never became equal: ${job(alpha, 'alpha')}`);
    await sleep(50);
  }
}

async function upgrade(machine: Machine, service: Service, name: string, version: string): Promise<Service> {
  await service.stop();
  machine.install(present);
  assert.equal(machine.run('understudy', '--version'), `understudy ${version}\n`);
  return machine.start(name);
}

/** The target is of the new version, the source of the old one. */
async function goesOnWithoutMirror(): Promise<void> {
  const earlierJob = job(alpha, 'alpha');
  await untilEqual('after the target');
  const { streamId, mirror } = job(alpha, 'alpha');
  const { completed, sentBytes } = mirror;
  assert.deepEqual(
    { streamId, completed, sentBytes },
    {
      streamId: earlierJob.streamId,
      completed: earlierJob.mirror.completed,
      sentBytes: earlierJob.mirror.sentBytes,
    },
  );
}

function failOver(): void {
  const said = script(beta, 'beta', 'target beta\nfailover 1 live queue apply\nlive list\n');
  assert.match(said, /\/srv\/replicas\/sales/);
}

/** What a later version has written is refused with a sentence that says so: by the server, or for one job by that. */
async function refusesNewerFormats(): Promise<void> {
  const files = globSync('**/*.json', { cwd: beta.path(home('beta')) }).filter(
    (file) => JSON.parse(beta.read(`${home('beta')}/${file}`)).version !== undefined,
  );
  assert.ok(files.includes('trust.json') && files.some((file) => file.endsWith('target/applied.json')));
  for (const file of files) {
    const name = `${home('beta')}/${file}`;
    const text = beta.read(name);
    beta.write(name, JSON.stringify({ ...JSON.parse(text), version: 99 }));
    const said = await trouble();
    beta.write(name, text);
    say(`of version 99, ${file}: ${said}`);
    assert.match(said, /\b(?:version|format) 99\b/);
  }
}

/** What the service says when it does not start, or of its job. */
async function trouble(): Promise<string> {
  let service: Service;
  try {
    service = await beta.start('beta');
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
  }
  const said = job(beta, 'beta').notOpen;
  await service.stop();
  return said ?? 'the job is open';
}

function removed(before: readonly string[], accounts: string): void {
  beta.run('dpkg', '--remove', 'understudy');
  const left = (): string[] => beta.files().filter((path) => !notOurs.test(path) && !before.includes(path));
  const afterRemoval = left().filter((path) => !isHome(path));
  say(`left after its removal, beside the homes: ${afterRemoval.join(' ') || 'nothing'}`);
  beta.run('dpkg', '--purge', 'understudy');
  const afterPurge = left().filter((path) => !isHome(path));
  say(`left after its purge, beside the homes: ${afterPurge.join(' ') || 'nothing'}`);
  assert.deepEqual(afterPurge, []);
  assert.equal(beta.read('etc/passwd'), accounts);
  assert.ok(left().includes('var/lib/understudy/beta/server.json'));
  assert.equal(beta.try('dpkg-query', '--show', 'understudy').status, 1);
}

await prove();
console.log('the package installs, runs, upgrades, fails over and leaves');

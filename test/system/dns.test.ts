// Issue 2, "It must show", line 9: after a failover a real BIND answers with the new address and TTL, whether the script, a
// stream task or a monitor asked for it, and a wrong key changes nothing and is named as the cause.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BindServer, startBind } from '../support/bind-server.ts';
import { monitorOf } from '../support/monitors.ts';
import { requireProgram } from '../support/packages.ts';
import { RealCluster } from '../support/real-cluster.ts';

const bindIsHere = requireProgram('named', 'dig');

describe.runIf(bindIsHere)('against BIND 9', () => {
  let bind: BindServer;
  let cluster: RealCluster;
  let jobId: string;

  beforeAll(async () => {
    bind = await startBind({ zones: ['example', '0.0.10.in-addr.arpa'] });
  });
  afterAll(() => bind?.stop());

  beforeEach(async () => {
    cluster = await RealCluster.start();
    writeFileSync(join(cluster.work, 'orders'), 'one');
    writeFileSync(join(cluster.folder, 'dns.key'), `${bind.key.secret}\n`);
    writeFileSync(join(cluster.folder, 'wrong.key'), `${randomBytes(32).toString('base64')}\n`);
    const outcome = await cluster.script(`source alpha
      target beta
      repset create sales
      repset rule add "${cluster.work}" include to sales
      repset save
      $con = connect sales to beta map "${cluster.work}" to "${cluster.replica}"
      wait for mirror $con timeout 1 minute`);
    expect(outcome.diagnostics).toEqual([]);
    jobId = (await cluster.alpha.jobs.list())[0]?.jobId ?? '';
  });
  afterEach(() => cluster?.remove());

  function dig(...question: readonly string[]): string {
    const options = ['@127.0.0.1', '-p', String(bind.port), '+norecurse', '+noall', '+answer', '+tries=1'];
    const answer = execFileSync('dig', [...options, ...question], { encoding: 'utf8' });
    return answer.trim().replaceAll(/\s+/g, ' ');
  }

  const server = (file: string): string =>
    `target beta
    dns server add "127.0.0.1:${bind.port}" zone "example" zone "0.0.10.in-addr.arpa" key "understudy-key" secretfile "${join(cluster.folder, file)}"\n`;

  test('a script moves the name, forward and back, and fails over', async () => {
    const outcome = await cluster.script(`source alpha
      ${server('dns.key')}
      dns update "shop.example" to "10.0.0.2" ttl 300 seconds
      failover 1 live queue apply`);
    expect(outcome).toMatchObject({ kind: 'completed', exitCode: 0 });
    expect(dig('shop.example', 'A')).toBe('shop.example. 300 IN A 10.0.0.2');
    expect(dig('-x', '10.0.0.2')).toBe('2.0.0.10.in-addr.arpa. 300 IN PTR shop.example.');
    expect(await cluster.events('beta', 5080, 5081, 5072)).toHaveLength(2);
    expect((await cluster.beta.jobs.report(jobId)).failedOver).toBe(true);
  });

  test('one address of a name takes the place of another, and the PTR record goes along', async () => {
    const update = (words: string): string => `dns update "multi.example" to ${words} ttl 300 seconds`;
    expect(
      await cluster.script(`source alpha
      ${server('dns.key')}
      dns update "solo.example" to "10.0.0.20" ttl 300 seconds
      dns update "solo.example" to "10.0.0.21" ttl 300 seconds
      ${update('"10.0.0.10"')}`),
    ).toMatchObject({ kind: 'completed' });
    expect(dig('solo.example', 'A')).toBe('solo.example. 300 IN A 10.0.0.21');
    expect(dig('-x', '10.0.0.20')).toBe('');
    expect(dig('-x', '10.0.0.21')).toBe('21.0.0.10.in-addr.arpa. 300 IN PTR solo.example.');
    // A second address, as another line of the same host has it.
    const add = `server 127.0.0.1 ${bind.port}\nupdate add multi.example 300 A 10.0.0.11\nsend\n`;
    execFileSync('nsupdate', ['-k', bind.keyFile], { input: add });
    const unclear = await cluster.script(`source alpha\n${server('dns.key')}${update('"10.0.0.12"')}`);
    expect(unclear).toMatchObject({ kind: 'failed', exitCode: 1 });
    expect(unclear.diagnostics[0]?.message).toMatch(/multi.example: it has the addresses 10.0.0.1/);
    expect(
      await cluster.script(`source alpha\n${server('dns.key')}${update('"10.0.0.12" from "10.0.0.10"')}`),
    ).toMatchObject({ kind: 'completed' });
    expect(
      dig('multi.example', 'A')
        .match(/10\.0\.0\.\d+/g)
        ?.toSorted(),
    ).toEqual(['10.0.0.11', '10.0.0.12']);
    expect(dig('-x', '10.0.0.10')).toBe('');
    expect(dig('-x', '10.0.0.12')).toBe('12.0.0.10.in-addr.arpa. 300 IN PTR multi.example.');
  });

  test('a task at ONEXECUTE moves the name', async () => {
    const outcome = await cluster.script(`source alpha
      ${server('dns.key')}
      queuetask move to beta onexecute = dns update "task.example" to "10.0.0.3" ttl 60 seconds timeout = forever`);
    expect(outcome).toMatchObject({ kind: 'completed' });
    await cluster.settled(jobId);
    expect((await cluster.beta.tasks.list(jobId)).map(({ name, state }) => [name, state])).toContainEqual([
      'move',
      'finished',
    ]);
    expect(dig('task.example', 'A')).toBe('task.example. 60 IN A 10.0.0.3');
    expect(dig('-x', '10.0.0.3')).toBe('3.0.0.10.in-addr.arpa. 60 IN PTR task.example.');
  });

  test('a monitor that fails over moves the name by itself', async () => {
    expect(await cluster.script(`source alpha\n${server('dns.key')}`)).toMatchObject({ kind: 'completed' });
    const dns = [{ name: 'monitored.example', address: '10.0.0.4', ttlSeconds: 30 }];
    await cluster.beta.monitors.create(monitorOf(jobId, { intervalMs: 100, dns }));
    await cluster.beta.monitors.start('watch');
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    await expect.poll(async () => (await cluster.beta.monitors.list())[0]?.state).toBe('Failed Over');
    expect(dig('monitored.example', 'A')).toBe('monitored.example. 30 IN A 10.0.0.4');
    expect(dig('-x', '10.0.0.4')).toBe('4.0.0.10.in-addr.arpa. 30 IN PTR monitored.example.');
  });

  test('with a wrong key nothing changes, and the error says why', async () => {
    await cluster.script(
      `source alpha\n${server('dns.key')}dns update "guarded.example" to "10.0.0.5" ttl 300 seconds`,
    );
    const outcome = await cluster.script(`source alpha
      ${server('wrong.key')}
      dns update "guarded.example" to "10.0.0.66" ttl 300 seconds`);
    expect(outcome).toMatchObject({ kind: 'failed', exitCode: 1 });
    const [diagnostic] = outcome.diagnostics;
    expect(diagnostic?.message).toMatch(
      /look up the A records of guarded.example.*BADSIG.*another secret for the key understudy-key/,
    );
    expect(diagnostic?.fix ?? '').not.toBe('');
    expect(dig('guarded.example', 'A')).toBe('guarded.example. 300 IN A 10.0.0.5');
    expect(dig('-x', '10.0.0.66')).toBe('');
    expect((await cluster.events('beta', 5081)).map(({ severity }) => severity)).toEqual(['error']);
    // The secret is in no event and no output.
    const secret = bind.key.secret;
    expect(JSON.stringify([await cluster.beta.events.since(0), cluster.output, outcome])).not.toContain(secret);
  });
});

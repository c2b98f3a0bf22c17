// What an operator looks after: settings, accounts, credentials, groups, and the end of a server.
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/language/program.ts';
import { readConfiguration } from '../../src/runtime/stores/configuration.ts';
import { ExampleHome } from '../support/example-home.ts';
import { refuseBareTimes } from '../support/machine-output.ts';

let home: ExampleHome;

beforeEach(async () => {
  home = await ExampleHome.open();
});

async function succeeds(text: string): Promise<void> {
  expect(await home.run(text)).toMatchObject({ kind: 'completed' });
}

async function failure(text: string): Promise<string> {
  const outcome: Outcome = await home.run(text);
  expect(outcome.kind).toBe('failed');
  return `${outcome.diagnostics[0]?.message} / ${outcome.diagnostics[0]?.fix}`;
}

const alphaFile = () => readConfiguration(home.cluster.machines.alpha.storage);

describe('SET and GET', () => {
  it('change server.json and read it back', async () => {
    await succeeds('set queue.alertpercent to 80 on alpha\n$value = get queue.alertPercent\nwrite $value');
    expect(home.output.at(-1)).toBe('80');
    expect((await alphaFile())?.queue.alertPercent).toBe(80);
    await succeeds('set queue.disk to none\nset queue.disk to 41943040\nset capture to inotify');
    expect(await alphaFile()).toMatchObject({ capture: 'inotify', queue: { disk: 41_943_040 } });
  });

  it('never let a script decide what may act on a server', async () => {
    for (const name of ['tasks.enabled', 'tasks.allow', 'targets.allowedRoots', 'listen', 'api', 'name']) {
      expect(await failure(`set ${name} to true`)).toContain('it decides who or what may act on the server');
    }
    expect(await failure('set accounts to none')).toContain('there is no such setting');
    expect((await alphaFile())?.tasks.enabled).toBe(false);
  });

  it('show every key of docs/configuration.md but the accounts', async () => {
    const document = readFileSync('docs/configuration.md', 'utf8');
    const [table = ''] = document.split('Example:');
    const keys = Array.from(table.matchAll(/^\| `([\w.]+)` \|/gm), ([, key]) => key);
    const shown = (await home.cluster.alpha.settings.list()).map(({ name }) => name);
    expect([...shown, 'version', 'accounts'].sort()).toEqual(keys.sort());
  });

  it('refuse what is not possible', async () => {
    expect(await failure('set queue.alertPercent to 500')).toContain('500 is not possible');
    expect(await failure('set capture to telepathy')).toContain('telepathy is not possible');
    expect(await failure('get nothing')).toContain('there is no setting nothing');
  });
});

describe('ACCOUNT', () => {
  it('counts at once, and stays', async () => {
    await succeeds('account add night password "only to look" access monitor on alpha');
    await succeeds('$level = login alpha night "only to look"\nwrite $level');
    expect(home.output.at(-1)).toBe('1');
    expect(await failure('mirror start 1')).toContain('needs full access');
    expect((await alphaFile())?.accounts.map(({ user, access }) => [user, access])).toEqual([
      ['operator', 'full'],
      ['night', 'monitor'],
    ]);
    await succeeds('login alpha operator "let me in"\naccount remove night');
    await succeeds('$level = login alpha night "only to look"\nwrite $level');
    expect(home.output.at(-1)).toBe('0');
    await succeeds('login alpha operator "let me in"');
    expect(await failure('account remove night')).toContain('it has: operator');
  });

  it('never shows a password', async () => {
    await succeeds('account add night password "only to look" access full\naccount list');
    expect(home.output.join('\n')).toContain('night');
    expect(home.output.join('\n')).not.toContain('only to look');
    expect(JSON.stringify(await alphaFile())).not.toContain('only to look');
  });
});

describe('LOGOUT', () => {
  it('makes the next command fail until LOGIN', async () => {
    await succeeds('login alpha operator "let me in"\nlogout');
    expect(await failure('mirror start 1')).toContain('this session has none');
    await succeeds('login alpha operator "let me in"\nmirror start 1');
  });
});

describe('CREDENTIAL', () => {
  it('is listed, tested and removed, and its secret is nowhere in the open', async () => {
    await succeeds('credential list\ncredential test DNSKEY');
    expect(home.output.join('\n')).not.toContain('bm90IGEgcmVhbCBrZXk=');
    const kept = await home.cluster.machines.beta.storage.read('credentials.json');
    expect(kept?.toString()).toContain('dnskey');
    expect(kept?.toString()).not.toContain('bm90IGEgcmVhbCBrZXk=');
    await succeeds('credential remove dnskey');
    expect(await failure('credential test dnskey')).toContain('there is none of this name');
  });

  it('signs the updates of a DNS server', async () => {
    const key = { name: 'understudy', algorithm: 'hmac-sha256', secret: 'bm90IGEgcmVhbCBrZXk=' } as const;
    home.cluster.names.addServer({ host: '10.0.0.54', port: 53, zones: ['test'], key });
    await succeeds('dns server add 10.0.0.54 zone test key understudy credential dnskey');
    await succeeds('dns update "shop.test" to 10.0.0.9');
    const records = await home.cluster.names.query({ host: '10.0.0.54', port: 53, key }, 'shop.test', 'A');
    expect(records).toMatchObject([{ value: '10.0.0.9' }]);
    expect(await failure('dns server add 10.0.0.54 zone test key understudy credential other')).toContain('other');
    expect(await failure('dns server add 10.0.0.54 zone test credential dnskey')).toContain('KEY name');
  });
});

describe('SERVER and SHUTDOWN', () => {
  it('groups servers for loops', async () => {
    await succeeds('server group add offices beta\nserver group add Offices BETA');
    await succeeds('$all = server group list offices\nfor each $one in $all do ping $one end');
    expect(home.output.filter((line) => line.includes('answered'))).toHaveLength(2);
    await succeeds('server group remove offices alpha\nserver group remove offices beta');
    expect(await failure('server group list offices')).toContain('there is no group offices');
    expect(await failure('server group remove offices beta')).toContain('does not hold beta');
  });

  it('asks the server to stop', async () => {
    await succeeds('shutdown beta');
    expect(home.stopped).toEqual(['beta']);
  });
});

describe('REPSET', () => {
  it('is used, displayed, changed and deleted', async () => {
    await succeeds('repset display sales');
    expect(home.output).toEqual(['- Replication set sales -', '/srv/sales inc, rec', '/srv/sales/cache exc, rec']);
    await succeeds(
      'repset use sales\nrepset rule remove /srv/sales/cache\n$rules = repset display\nwrite length($rules)',
    );
    expect(home.output.at(-1)).toBe('1');
    expect(home.output).toContain('- Replication set sales (not saved) -');
    expect(await failure('repset rule remove /srv/nothing from sales')).toContain('it has rules for: /srv/sales');
    expect(await failure('repset delete sales')).toContain('DISCONNECT 1');
    await succeeds('disconnect 1\nrepset delete SALES');
    expect(await failure('repset display sales')).toContain('there is no replication set sales');
  });

  it('is calculated as its rules say', async () => {
    home.cluster.workload.create('/srv/sales/cache/big', Buffer.alloc(5000));
    await succeeds('$size = repset calc sales\nwrite $size.bytes, " in ", $size.files');
    expect(home.output).toEqual(['sales: 11 bytes in 1 files and 0 folders', '11 B in 1']);
  });
});

describe('VALIDATE and EXPLAIN FAILOVER', () => {
  it('say what is right, and what a failover would do', async () => {
    await succeeds('monitor start watch\n$found = validate 1\nwrite $found.items[0].state\nwrite $found.valid');
    expect(home.output.at(-1)).toBe('true');
    // The guide's words.
    expect(home.output.at(-2)).toBe('Success');
    expect(home.output.find((line) => line.startsWith('link'))).toMatch(/^link +Success +transmit mode Active$/);
    await succeeds('$what = explain failover 1\nwrite $what.possible, " ", $what.paths[0]');
    expect(home.output.at(-1)).toBe('true /replica/sales');
    expect(home.output.join('\n')).toContain('Monitors: watch');
  });

  it('say what is wrong when the source is gone', async () => {
    home.cluster.kill('alpha');
    home.unreachable.add('alpha');
    await succeeds('$what = explain failover 1\nwrite $what.possible');
    expect(home.output.find((line) => line.startsWith('Loss:'))).toContain('would be lost');
  });

  it('starts the mirror that is required', async () => {
    await succeeds('snapshot revert "before upgrade"\nexplain failover 1');
    expect(home.output.find((line) => line.startsWith('Loss:'))).toContain('the replica is not whole');
    await succeeds('$found = validate 1\nwrite $found.valid');
    expect(home.output.at(-1)).toBe('false');
    await succeeds('validate 1 fix\nwait for mirror 1\n$found = validate 1\nwrite $found.valid');
    expect(home.output.at(-1)).toBe('true');
  });
});

describe('STATUS JOB, STATISTICS, MONITOR DISPLAY, ORPHANS LIST, LOG', () => {
  it('print what is known', async () => {
    await succeeds('status job 1\n$all = statistics\nwrite $all[0].name\n$m = monitor display watch\nwrite $m.probe');
    expect(home.output).toContain('Health:                  healthy');
    expect(home.output).toContain('sales');
    expect(home.output.at(-1)).toBe('the service of the source');
    const replica = await home.cluster.tree('beta', '/replica/sales');
    const file = await replica.create('extra' as Parameters<typeof replica.create>[0], 0o600);
    await file.close();
    await succeeds('$all = statistics\nwrite $all[0].connection.mirror.percent');
    expect(home.output.at(-1)).toBe('100%');
    await succeeds('$orphans = orphans list 1\nwrite $orphans');
    expect(home.output.at(-1)).toContain('extra');
  });

  it('leave blank since when a connection is connected that is not', async () => {
    home.cluster.network.refuse('alpha', 'beta');
    home.cluster.network.cut('alpha', 'beta');
    await home.cluster.clock.advance(100);
    await succeeds('status job 1');
    expect(home.output).toContain('Connected since:');
    expect(home.output).toContain('Transmit mode:           Error');
  });

  it('shows the end of the log', async () => {
    const logs = await home.cluster.tree('alpha', '/home/logs');
    const file = await logs.create('server.log' as Parameters<typeof logs.create>[0], 0o600);
    await file.write(0, Buffer.from('{"a":1}\n{"b":2}\n{"c":3}\n{"torn'));
    await file.close();
    await succeeds('$lines = log last 2\nwrite length($lines)');
    expect(home.output).toEqual(['{"b":2}', '{"c":3}', '2']);
  });
});

describe('DIAGNOSTICS GATHER', () => {
  it('holds what is known of both servers, and no secrets', async () => {
    await succeeds('schedule secretive cron "0 2 * * *" do login alpha operator "let me in" end');
    await succeeds('diagnostics gather "/tmp/all.json"');
    const text = home.files.get('/tmp/all.json') ?? '';
    const gathered = JSON.parse(text);
    refuseBareTimes(JSON.stringify(gathered));
    expect(gathered.gathered).toMatch(/^20.*T.*Z$/);
    expect(gathered.servers.map((one: { name: string }) => one.name)).toEqual(['alpha', 'beta']);
    expect(gathered.servers[0].space).toMatchObject({ freeBytes: expect.any(Number), totalBytes: expect.any(Number) });
    expect(gathered.servers[1].monitors).toHaveLength(2);
    expect(gathered.servers[0].schedules.map((one: { specification: object }) => one.specification)).toContainEqual(
      expect.objectContaining({ name: 'secretive' }),
    );
    for (const secret of ['let me in', 'bm90IGEgcmVhbCBrZXk=', '"hash"', '"salt"']) expect(text).not.toContain(secret);
  });
});

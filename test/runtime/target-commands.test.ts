// Commands that go to the target, and the tasks and schedules.
import { beforeEach, describe, expect, it } from 'vitest';
import { datetime, duration, handle, list, record, type Value } from '../../src/language/values/value.ts';
import type { SnapshotReport } from '../../src/model/report.ts';
import { CommandRig } from '../support/command-rig.ts';

let rig: CommandRig;

beforeEach(async () => {
  rig = new CommandRig();
  await rig.connected();
});

const program = (path: string, ...given: string[]): Value => record({ program: path, arguments: list(given) });
const builtIn = (command: string, given: Record<string, Value>): Value => record({ command, arguments: record(given) });

describe('QUEUETASK', () => {
  it('puts what it is given into the stream, with a timeout in milliseconds', async () => {
    const task = await rig.run('queuetask', {
      name: 'stamp',
      target: 'BETA',
      onqueue: builtIn('verify', { mode: 'report' }),
      ontransmit: builtIn('dns.update', { name: 'shop.example', address: '10.0.0.2' }),
      onreceive: program('/usr/bin/logger', 'received', 'now'),
      onexecute: builtIn('snapshot.take', { name: 'before upgrade' }),
      timeout: duration(30_000),
    });
    expect(task).toMatchObject({ kind: 'handle', type: 'task', number: 1 });
    expect(rig.server('alpha').callsOf('tasks.queue')).toEqual([
      [
        'job-1',
        {
          name: 'stamp',
          actions: {
            onqueue: { type: 'verify' },
            ontransmit: { type: 'dns-update', name: 'shop.example', address: '10.0.0.2', ttlSeconds: 300 },
            onreceive: { type: 'program', program: '/usr/bin/logger', arguments: ['received', 'now'] },
            onexecute: { type: 'snapshot', name: 'before upgrade' },
          },
          timeoutMs: 30_000,
        },
      ],
    ]);
  });

  it.each([
    ['forever', null],
    [duration(0), 0],
  ])('takes the timeout %j as %j', async (timeout, timeoutMs) => {
    await rig.run('queuetask', { name: 'a', target: 'beta', onexecute: program('/bin/true'), timeout });
    expect(rig.server('alpha').callsOf('tasks.queue')).toMatchObject([['job-1', { timeoutMs }]]);
  });

  it('says what becomes of a task that outlives its timeout', async () => {
    const given = { name: 'a', target: 'beta', onexecute: program('/bin/true'), ontimeout: 'kill' };
    await rig.run('queuetask', { ...given, timeout: duration(1000) });
    expect(rig.server('alpha').callsOf('tasks.queue')).toMatchObject([
      ['job-1', { timeoutMs: 1000, onTimeout: 'kill' }],
    ]);
    await expect(rig.run('queuetask', { ...given, timeout: duration(0) })).rejects.toThrow(
      'ONTIMEOUT KILL has no meaning with TIMEOUT 0',
    );
    await expect(rig.run('queuetask', given)).rejects.toThrow('ONTIMEOUT KILL has no meaning with TIMEOUT FOREVER');
  });

  it.each([
    ['another target', { target: 'gamma', onexecute: program('/bin/true') }, 'connection 1 goes to beta, not to gamma'],
    ['a repair', { onexecute: builtIn('verify', { mode: 'repair' }) }, 'VERIFY REPAIR cannot be a task at ONEXECUTE'],
    ['a trial', { onexecute: builtIn('failover', { mode: 'test' }) }, 'this FAILOVER cannot be a task at ONEXECUTE'],
    [
      'a failover to the latest snapshot',
      { onexecute: builtIn('failover', { mode: 'live', queue: 'apply', latest: 'latest' }) },
      'this FAILOVER cannot be a task at ONEXECUTE',
    ],
    [
      'a point in time',
      { onexecute: builtIn('failover', { time: datetime(0) }) },
      'this FAILOVER cannot be a task at ONEXECUTE',
    ],
  ])('refuses %s', async (_what, given: Record<string, Value>, message) => {
    await expect(rig.run('queuetask', { name: 'a', target: 'beta', ...given })).rejects.toMatchObject({
      code: -101,
      message,
    });
    expect(rig.server('alpha').callsOf('tasks.queue')).toEqual([]);
  });

  it('is followed by TASK STATUS, put together from both servers', async () => {
    const task = await rig.run('queuetask', { name: 'stamp', target: 'beta', onexecute: program('/bin/true') });
    const taskId = typeof task === 'object' && task.kind === 'handle' ? task.id : '';
    const reported = { taskId, name: 'stamp', reason: '' } as const;
    rig.server('alpha').taskReports = [
      { ...reported, point: 'onqueue', state: 'finished', exitCode: 0 },
      { ...reported, point: 'onexecute', state: 'queued' },
    ];
    rig.server('beta').taskReports = [
      { ...reported, point: 'onexecute', state: 'failed', reason: 'exit 3', exitCode: 3 },
    ];
    await rig.run('task.status', { task: 'stamp' });
    expect(rig.output).toEqual([
      'Task   Point      State     Exit  Reason',
      'stamp  ONQUEUE    finished  0',
      'stamp  ONEXECUTE  failed    3     exit 3',
    ]);
    rig.server('alpha').goDown();
    expect(await rig.run('task.status', { task })).toMatchObject({ items: [expect.anything()] });
    expect(await rig.property(task, 'onexecute.exitcode')).toBe(3);
    await expect(rig.run('task.status', { task: 'other' })).rejects.toMatchObject({ hint: 'there are: stamp' });
  });
});

describe('SNAPSHOT', () => {
  it('is taken, listed and found again by handle and by name, the newest of a name first', async () => {
    const first = await rig.run('snapshot.take', { name: 'a' });
    await rig.run('snapshot.take', { name: 'a' });
    expect(await rig.property(first, 'state')).toBe('good');
    await rig.run('snapshot.revert', { snapshot: first });
    await rig.run('snapshot.revert', { snapshot: 'a' });
    await rig.run('snapshot.delete', { snapshot: 'a' });
    const beta = rig.server('beta');
    expect(beta.callsOf('snapshots.revert').map(([, id]) => id)).toEqual(['snapshot-1', 'snapshot-2']);
    expect(beta.callsOf('snapshots.delete').map(([, id]) => id)).toEqual(['snapshot-2']);
    rig.output.length = 0;
    await rig.run('snapshot.list');
    expect(rig.output[0]).toMatch(/^Name {2}Type {4}Taken +State$/);
    expect(rig.output[1]).toMatch(/^a {5}Manual {2}.* good$/);
    await expect(rig.run('snapshot.revert', { snapshot: 'b' })).rejects.toMatchObject({
      message: 'connection 1 has no snapshot "b"',
      hint: 'did you mean a? there are: "a"',
    });
  });
});

describe('MONITOR', () => {
  const asWritten = { start: 'automatic', queue: 'apply', fails: 'all', begin: 'started' };

  it('is made on the target with the guide’s defaults', async () => {
    const monitor = await rig.run('monitor.create', { name: 'watch', ...asWritten });
    await rig.run('monitor.stop', { monitor: 'watch' });
    await rig.run('monitor.delete', { monitor: 'watch' });
    const beta = rig.server('beta');
    expect(beta.callsOf('monitors.create')).toEqual([
      [
        {
          name: 'watch',
          jobId: 'job-1',
          probe: { type: 'service' },
          intervalMs: 10_000,
          condition: { type: 'total-time', totalMs: 300_000 },
          waitForUser: false,
          failover: { type: 'live', queue: 'apply' },
          dns: [],
        },
      ],
    ]);
    expect(beta.callsOf('monitors.start')).toEqual([['watch']]);
    expect(beta.callsOf('monitors.stop')).toEqual([['watch']]);
    expect(beta.callsOf('monitors.delete')).toEqual([['watch']]);
    expect(await rig.property(monitor, 'state')).toBe('Stopped');
  });

  it('takes failures, an interval and a network probe', async () => {
    await rig.run('monitor.create', {
      ...asWritten,
      name: 'watch',
      network: list(['10.0.0.1:5432']),
      failures: 3,
      interval: duration(1000),
      start: 'wait',
      begin: 'stopped',
    });
    expect(rig.server('beta').callsOf('monitors.start')).toEqual([]);
    expect(rig.server('beta').callsOf('monitors.create')).toMatchObject([
      [
        {
          probe: { type: 'tcp', host: '10.0.0.1', port: 5432 },
          intervalMs: 1000,
          condition: { type: 'failures', count: 3 },
          waitForUser: true,
        },
      ],
    ]);
  });

  it('takes several probes, their rule, and what the failover is to do', async () => {
    await rig.run('monitor.create', {
      ...asWritten,
      name: 'watch',
      service: 'service',
      network: list(['[::1]:22', '']),
      address: 'alpha.example:443',
      ping: list(['10.0.0.1']),
      program: list(['/opt/ask  --fast sales']),
      fails: 'any',
      queue: 'discard',
      latest: 'latest',
    });
    expect(rig.server('beta').callsOf('monitors.create')).toMatchObject([
      [
        {
          probe: { type: 'service' },
          moreProbes: [
            { type: 'tcp', host: '::1', port: 22 },
            { type: 'tcp', host: 'alpha.example', port: 443 },
            { type: 'ping', host: '10.0.0.1' },
            { type: 'program', program: '/opt/ask', arguments: ['--fast', 'sales'] },
          ],
          failsWhen: 'any',
          failover: { type: 'snapshot', latestGood: true, queue: 'discard' },
        },
      ],
    ]);
  });

  it('passes the answer to a notice on to the target', async () => {
    await rig.run('monitor.create', { ...asWritten, name: 'watch', start: 'wait' });
    await rig.run('monitor.dismiss', { monitor: 'watch' });
    await rig.run('monitor.implement', { monitor: 'watch' });
    expect(rig.server('beta').callsOf('monitors.dismiss')).toEqual([['watch']]);
    expect(rig.server('beta').callsOf('monitors.implement')).toEqual([['watch']]);
  });

  it.each([
    ['an interval that outlasts the time', { interval: duration(60_000), total: duration(30_000) }],
    ['both conditions', { failures: 3, total: duration(30_000) }],
    ['no failures', { failures: 0 }],
    ['a total of nothing', { total: duration(0), interval: duration(0) }],
    ['a network probe of nothing', { network: list(['']) }],
    ['an address without a network probe', { address: '10.0.0.1:22' }],
    ['an address for two network probes', { network: list(['', '']), address: '10.0.0.1:22' }],
    ['a network probe without a port', { network: list(['10.0.0.1']) }],
    ['a network probe of port 0', { network: list(['10.0.0.1:0']) }],
    ['an echo with a port', { ping: list(['10.0.0.1:22']) }],
    ['a program without a path', { program: list(['ask']) }],
    ['an empty program', { program: list(['']) }],
  ])('refuses %s', async (_what, given: Record<string, Value>) => {
    await expect(rig.run('monitor.create', { ...asWritten, name: 'watch', ...given })).rejects.toMatchObject({
      code: -101,
    });
  });
});

describe('FAILOVER', () => {
  it('goes to the newest good snapshot, whichever that is', async () => {
    await rig.run('failover', { latest: 'latest', queue: 'apply' });
    expect(rig.server('beta').callsOf('jobs.failover')).toEqual([
      ['job-1', { type: 'snapshot', latestGood: true, queue: 'apply' }],
    ]);
    await rig.run('snapshot.take', { name: 'good' });
    await expect(rig.run('failover', { latest: 'latest', snapshot: 'good' })).rejects.toMatchObject({ code: -101 });
  });

  it('is done by the target, with the source gone, and says what was lost', async () => {
    rig.server('alpha').goDown();
    await rig.run('failover', { connection: handle('connection', 'job-1', 1), queue: 'revert' });
    expect(rig.server('beta').callsOf('jobs.failover')).toEqual([['job-1', { type: 'live', queue: 'revert' }]]);
    expect(rig.output).toEqual([
      'Connection 1 failed over to beta in 2.0 s: 7 operations applied, 0 discarded',
      'Loss: at least 3 operations',
      '  the source did not answer',
    ]);
  });

  it('goes to a snapshot by its name', async () => {
    await rig.run('snapshot.take', { name: 'good' });
    await rig.run('failover', { snapshot: 'good' });
    expect(rig.server('beta').callsOf('jobs.failover')).toEqual([
      ['job-1', { type: 'snapshot', snapshotId: 'snapshot-1', queue: 'apply' }],
    ]);
    await expect(rig.run('failover', { mode: 'test', snapshot: 'good' })).rejects.toMatchObject({
      code: 'NOT-AVAILABLE',
    });
  });
});

describe('FAILOVER TO TIME', () => {
  const minute = 60_000;
  const at = (changeMs: number): Value => datetime(rig.clock.wallMs() + changeMs);

  /** Snapshots a, b and c, a minute apart. */
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c']) {
      await rig.run('snapshot.take', { name });
      const { snapshotReports } = rig.server('beta');
      snapshotReports.push({ ...snapshotReports.pop(), takenMs: rig.clock.wallMs() } as SnapshotReport);
      await rig.clock.advance(minute);
    }
  });

  it.each([
    ['the moment at which one was taken', -2 * minute, 'snapshot-2', ''],
    ['a moment between two', -1.5 * minute, 'snapshot-2', ', 30 s before the time that was asked for'],
    ['the moment before one', -2 * minute - 1000, 'snapshot-1', ', 59 s before the time that was asked for'],
    ['now', 0, 'snapshot-3', ', 60 s before the time that was asked for'],
  ])('goes to the last snapshot that was taken by then, and says of which instant it is: %s', async (...row) => {
    const [, changeMs, snapshotId, before] = row;
    await rig.run('failover', { time: at(changeMs) });
    expect(rig.server('beta').callsOf('jobs.failover')).toEqual([
      ['job-1', { type: 'snapshot', snapshotId, queue: 'apply' }],
    ]);
    expect(rig.output.find((line) => line.startsWith('Going back'))).toMatch(
      new RegExp(`^Going back to \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d CET${before}: snapshot "[abc]"$`),
    );
  });

  it('takes a time of day for the last one', async () => {
    // The rig is in Berlin.
    const dayMs = (rig.clock.wallMs() + 58 * minute) % 86_400_000;
    await rig.run('failover', { time: { kind: 'time', dayMs } });
    const later = (dayMs + 3 * minute) % 86_400_000;
    await expect(rig.run('failover', { time: { kind: 'time', dayMs: later } })).rejects.toMatchObject({
      message: expect.stringContaining('no good snapshot'),
    });
    expect(rig.server('beta').callsOf('jobs.failover')).toMatchObject([['job-1', { snapshotId: 'snapshot-2' }]]);
  });

  it.each([
    ['before the first', () => ({ time: at(-4 * minute) }), /has no good snapshot of .* or before/],
    ['that is to come', () => ({ time: at(minute) }), /is still to come/],
    ['and a snapshot', () => ({ time: at(0), snapshot: 'a' }), /exclude each other/],
  ])('refuses a time %s, and does nothing', async (_what, given, message) => {
    await expect(rig.run('failover', given())).rejects.toMatchObject({
      code: -101,
      message: expect.stringMatching(message),
    });
    expect(rig.server('beta').callsOf('jobs.failover')).toEqual([]);
  });
});

describe('DNS', () => {
  it('learns a server with its key from a file, which is not printed', async () => {
    rig.files.set('/etc/dns.key', 'c2VjcmV0\n');
    await rig.run('dns.server.add', {
      address: '10.0.0.53:5353',
      zone: list(['example.']),
      key: 'understudy',
      secretfile: '/etc/dns.key',
    });
    expect(rig.server('beta').callsOf('dns.addServer')).toEqual([
      [
        {
          name: '10.0.0.53:5353',
          host: '10.0.0.53',
          port: 5353,
          zones: ['example'],
          key: { name: 'understudy', algorithm: 'hmac-sha256', secret: 'c2VjcmV0' },
        },
      ],
    ]);
    expect(rig.output.join()).not.toContain('c2VjcmV0');
  });

  it('updates a name through the target', async () => {
    await rig.run('dns.update', { name: 'shop.example.', address: '10.0.0.2', ttl: duration(60_000) });
    expect(rig.server('beta').callsOf('dns.update')).toEqual([
      [{ name: 'shop.example', address: '10.0.0.2', ttlSeconds: 60 }],
    ]);
  });

  it('takes name and algorithm from a key file of BIND, and lists and forgets the server', async () => {
    rig.files.set('/etc/dns.key', 'key "understudy" { algorithm hmac-sha512; secret "c2VjcmV0"; };\n');
    const given = { address: '10.0.0.53', zone: list(['example', 'test']), secretfile: '/etc/dns.key' };
    await rig.run('dns.server.add', given);
    expect(rig.server('beta').callsOf('dns.addServer')).toMatchObject([
      [{ port: 53, key: { name: 'understudy', algorithm: 'hmac-sha512', secret: 'c2VjcmV0' } }],
    ]);
    await rig.run('dns.server.list');
    expect(rig.output).toEqual(['DNS server  Zones          Key', '10.0.0.53   example, test  understudy']);
    await rig.run('dns.server.remove', { address: '10.0.0.53' });
    expect(rig.server('beta').callsOf('dns.removeServer')).toEqual([['10.0.0.53']]);
    await expect(rig.run('dns.server.add', { ...given, key: 'other' })).rejects.toMatchObject({
      message: 'the file /etc/dns.key holds the key understudy, not other',
    });
  });

  it('refuses a key without a file, a file that is no key, and a secret without a name', async () => {
    const address = '10.0.0.53';
    const zone = list(['example']);
    await expect(rig.run('dns.server.add', { address, zone, key: 'a' })).rejects.toMatchObject({ code: -101 });
    rig.files.set('/k', 'key "a" { };');
    await expect(rig.run('dns.server.add', { address, zone, key: 'a', secretfile: '/k' })).rejects.toMatchObject({
      code: 'KEY-FILE',
      subject: '/k',
    });
    rig.files.set('/k', 'c2VjcmV0');
    await expect(rig.run('dns.server.add', { address, zone, secretfile: '/k' })).rejects.toMatchObject({
      hint: 'give the name: KEY name',
    });
  });
});

describe('SCHEDULE', () => {
  const nightly = { name: 'nightly', cron: '0 2 * * *', body: 'verify $con report' };

  it('leaves the block and what it uses with the source', async () => {
    const bindings = record({ con: handle('connection', 'job-1', 1) });
    const schedule = await rig.run('schedule', { ...nightly, bindings });
    expect(rig.server('alpha').callsOf('schedules.add')).toEqual([
      [
        {
          ...nightly,
          timeZone: 'Europe/Berlin',
          overlap: 'skip',
          bindings: '[["con",{"kind":"handle","type":"connection","id":"job-1","number":1}]]',
        },
      ],
    ]);
    await rig.run('schedule.list');
    expect(rig.output[0]).toBe('Schedule  Cron       Time zone      Next run                 Last run  Missed');
    expect(rig.output[1]).toMatch(/^nightly +0 2 \* \* \* +Europe\/Berlin +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d CES?T /);
    expect(await rig.property(schedule, 'missed')).toBe(0);
    await rig.run('schedule.delete', { schedule });
    expect(rig.server('alpha').callsOf('schedules.remove')).toEqual([['nightly']]);
  });
});

describe('the servers themselves', () => {
  it('answer PING, VERSION and TIME', async () => {
    expect(await rig.run('ping')).toEqual(duration(0));
    expect(await rig.run('version', { server: 'beta' })).toBe('0.1.0');
    expect(await rig.run('time')).toEqual({ kind: 'datetime', epochMs: Date.parse('2026-01-01T00:00:01Z') });
    expect(rig.output.slice(0, 2)).toEqual(['beta answered after 0 ms', 'beta runs version 0.1.0']);
  });

  it('give their events in the order in which they happened, the last ones when asked', async () => {
    const event = (timeMs: number, message: string) =>
      ({ id: 4000, severity: 'information', timeMs, message }) as const;
    rig.server('alpha').eventList = [event(1, 'first'), event(3, 'third')];
    rig.server('beta').eventList = [event(2, 'second')];
    await rig.run('events');
    expect(rig.output.map((line) => line.split('  ').at(-1))).toEqual(['first', 'second', 'third']);
    rig.output.length = 0;
    await rig.run('events', { last: 1, server: 'beta' });
    expect(rig.output).toHaveLength(1);
    expect(rig.output[0]).toMatch(/ {2}beta {2}information {2}4000 {2}second$/);
  });
});

it('nothing is written by a command that has nothing to say', async () => {
  expect(await rig.run('source', { server: 'alpha' })).toBe(1);
  expect(rig.output).toEqual([]);
});

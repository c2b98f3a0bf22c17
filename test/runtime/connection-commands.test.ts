import { beforeEach, describe, expect, it } from 'vitest';
import { duration, handle, list, percent, record, secret, size } from '../../src/language/values/value.ts';
import { CommandRig } from '../support/command-rig.ts';
import { jobReport } from '../support/fake-server.ts';

let rig: CommandRig;

beforeEach(() => {
  rig = new CommandRig();
});

const mapTo = (source: string, target: string) => list([record({ source, target })]);

async function salesSet(...rules: (readonly [path: string, action: string, depth?: string])[]): Promise<void> {
  await rig.run('source', { server: 'alpha' });
  await rig.run('repset.create', { name: 'sales' });
  for (const [path, action, depth] of rules) {
    await rig.run('repset.rule.add', { path, action, ...(depth === undefined ? {} : { depth }) });
  }
  await rig.run('repset.save');
}

describe('a replication set', () => {
  it('becomes the roots and rules of a job', async () => {
    await salesSet(
      ['/srv/sales/cache', 'exclude'],
      ['/srv/sales/', 'include'],
      ['/etc/sales/*.conf', 'include'],
      ['/srv/sales/*.tmp', 'exclude'],
      ['/srv/müll', 'include', 'flat'],
    );
    await rig.run('connect', {
      repset: 'SALES',
      target: 'beta',
      map: list([record({ source: '/srv', target: '/replica/' }), record({ source: '/etc/sales', target: '/conf' })]),
      mirror: 'data-delta',
      orphans: 'delete',
    });
    expect(rig.server('alpha').callsOf('jobs.connect')).toEqual([
      [
        {
          name: 'sales',
          replicationSet: 'sales',
          sourceServer: 'alpha',
          targetServer: 'beta',
          roots: [
            { source: '/srv/sales', replica: '/replica/sales' },
            { source: '/etc/sales', replica: '/conf' },
            // UTF-8 as bytes.
            { source: '/srv/m\xc3\xbcll', replica: '/replica/m\xc3\xbcll' },
          ],
          rules: [
            { action: 'include', root: 0, pattern: '' },
            { action: 'include', root: 2, pattern: '' },
            { action: 'exclude', root: 0, pattern: 'cache' },
            { action: 'include', root: 1, pattern: '*.conf' },
            { action: 'exclude', root: 0, pattern: '*.tmp' },
            { action: 'exclude', root: 2, pattern: '*/*' },
          ],
          mirrorMethod: 'data-delta',
          orphans: 'delete',
        },
      ],
    ]);
  });

  it('stays for the next script once it is saved, and only then', async () => {
    await salesSet(['/srv/sales', 'include']);
    await rig.run('repset.rule.add', { path: '/srv/more', repset: 'sales' });
    const exact = { repset: 'sales', target: 'beta', map: list(['exact']) };
    await expect(rig.run('connect', exact)).rejects.toMatchObject({
      code: -101,
      hint: 'save it first: REPSET SAVE sales',
    });
    rig.host = rig.newHost();
    await rig.run('source', { server: 'alpha' });
    await rig.run('connect', exact);
    expect(rig.server('alpha').callsOf('jobs.connect')).toMatchObject([[{ roots: [{ source: '/srv/sales' }] }]]);
  });

  it('is listed with its state, as in the transcript', async () => {
    await salesSet(['/srv/sales', 'include']);
    await rig.run('repset.create', { name: 'my own' });
    await rig.run('repset.list');
    expect(rig.output).toEqual(['- List of rep sets -', 'sales   disabled', 'my own  disabled (not saved)']);
    rig.output.length = 0;
    await rig.run('connect', { repset: 'sales', target: 'beta', map: list(['exact']) });
    rig.output.length = 0;
    await rig.run('repset.list');
    expect(rig.output[1]).toBe('sales   enabled');
  });

  it('takes a path once: a second rule for it replaces the first', async () => {
    await salesSet(['/srv/sales', 'include'], ['/srv/sales/a', 'exclude'], ['/srv/sales/a', 'include']);
    await rig.run('connect', { repset: 'sales', target: 'beta', map: list(['exact']) });
    expect(rig.server('alpha').callsOf('jobs.connect')).toMatchObject([
      [{ rules: [{ pattern: '' }, { action: 'include', pattern: 'a' }] }],
    ]);
  });

  it.each([
    ['srv/sales', 'the path srv/sales is not absolute'],
    ['/srv/../etc', 'the path /srv/../etc contains ..'],
    ['/srv/*/x', 'the path /srv/*/x has a wildcard in the middle'],
  ])('refuses the path %s', async (path, message) => {
    await rig.run('repset.create', { name: 'sales' });
    await expect(rig.run('repset.rule.add', { path })).rejects.toMatchObject({ code: -101, message });
  });

  it('is needed before rules are added', async () => {
    await expect(rig.run('repset.rule.add', { path: '/a' })).rejects.toMatchObject({ code: -101 });
    await expect(rig.run('repset.save', { name: 'x' })).rejects.toMatchObject({
      message: 'there is no replication set x',
    });
  });
});

describe('CONNECT', () => {
  it('needs a source', async () => {
    await expect(rig.run('connect', { repset: 'a', target: 'b', map: list(['exact']) })).rejects.toMatchObject({
      code: -104,
    });
  });

  it.each([
    [
      'a path that is none of the set',
      mapTo('/srv/other', '/x'),
      'MAP names /srv/other, which is no path of the replication set sales',
    ],
    [
      'a path whose name only begins alike',
      mapTo('/srv/sal', '/x'),
      'MAP names /srv/sal, which is no path of the replication set sales',
    ],
    ['a relative target', mapTo('/srv/sales', 'x'), 'the path x is not absolute'],
    [
      'EXACT beside another',
      list(['exact', record({ source: '/srv/sales', target: '/x' })]),
      'MAP EXACT stands beside another MAP',
    ],
  ])('refuses a MAP of %s', async (_what, map, message) => {
    await salesSet(['/srv/sales', 'include']);
    // What else MAP names does not matter: the first two are refused although /srv/sales is mapped too.
    const whole =
      map.items[0] === 'exact' ||
      map.items.some(
        (one) => typeof one === 'object' && one.kind === 'record' && one.fields.get('source') === '/srv/sales',
      )
        ? map
        : list([...map.items, record({ source: '/srv/sales', target: '/y' })]);
    await expect(rig.run('connect', { repset: 'sales', target: 'beta', map: whole })).rejects.toMatchObject({
      code: -101,
      message,
    });
  });

  it('wants every path mapped', async () => {
    await salesSet(['/srv/sales', 'include'], ['/etc/sales', 'include']);
    await expect(
      rig.run('connect', { repset: 'sales', target: 'beta', map: mapTo('/srv', '/x') }),
    ).rejects.toMatchObject({ message: 'MAP says nothing of /etc/sales, a path of the replication set sales' });
  });

  it('gives a handle that is the current connection from then on', async () => {
    expect(await rig.connected()).toEqual(handle('connection', 'job-1', 1));
    await rig.run('mirror.stop');
    await rig.run('mirror.start', { connection: 1, comparison: 'data-delta' });
    await rig.run('disconnect', { connection: handle('connection', 'job-1', 1) });
    expect(rig.server('alpha').callsOf('mirrors.stop')).toEqual([['job-1']]);
    expect(rig.server('alpha').callsOf('mirrors.start')).toEqual([['job-1', 'data-delta']]);
    expect(rig.server('alpha').callsOf('jobs.disconnect')).toEqual([['job-1']]);
    await expect(rig.run('mirror.stop')).rejects.toMatchObject({ code: -101, message: 'there is no connection' });
  });
});

describe('a connection', () => {
  it('is found by its number from another script', async () => {
    await rig.connected();
    rig.host = rig.newHost();
    await rig.run('source', { server: 'alpha' });
    await rig.run('mirror.stop', { connection: 1 });
    await expect(rig.run('mirror.stop', { connection: 7 })).rejects.toMatchObject({
      code: -101,
      message: 'there is no connection 7',
      hint: 'there are: 1 (sales)',
    });
  });

  it('is found by its name', async () => {
    await rig.connected();
    rig.host = rig.newHost();
    await rig.run('source', { server: 'alpha' });
    await rig.run('mirror.stop', { connection: 'SALES' });
    expect(rig.server('alpha').callsOf('mirrors.stop')).toEqual([['job-1']]);
    await expect(rig.run('mirror.stop', { connection: 'archive' })).rejects.toMatchObject({
      code: -101,
      message: 'there is no connection archive',
      hint: 'there are: 1 (sales)',
    });
  });

  describe('whose source is named at the home of its target', () => {
    const replica = {
      jobId: 'night',
      name: 'sales',
      replicationSet: 'sales',
      sourceServer: 'alpha',
      targetServer: 'beta',
      roots: [],
      rules: [],
      mirrorMethod: 'data-delta',
      orphans: 'delete',
    } as const;

    beforeEach(async () => {
      rig.local = rig.server('beta');
      rig.server('beta').jobReports.set('night', jobReport(replica, 1, 'target'));
      await rig.run('source', { server: 'alpha' });
      await rig.run('target', { server: 'beta' });
    });

    it.each([1, 'sales'])('is found by %s when the source is gone', async (connection) => {
      rig.server('alpha').goDown();
      await rig.run('failover', { connection });
      expect(rig.server('beta').callsOf('jobs.failover')).toMatchObject([['night', {}]]);
    });

    it('is found when the source tells nothing of it, before one that the source has from elsewhere', async () => {
      const back = { ...replica, jobId: 'other', name: 'other', sourceServer: 'beta', targetServer: 'alpha' };
      rig.server('alpha').jobReports.set('other', jobReport(back, 1, 'target'));
      await rig.run('failover', { connection: 1 });
      expect(rig.server('beta').callsOf('jobs.failover')).toMatchObject([['night', {}]]);
      expect(rig.server('alpha').callsOf('jobs.failover')).toEqual([]);
    });
  });

  it('is found by its handle where nothing else is known, as in the block of a schedule', async () => {
    const connection = await rig.connected();
    rig.host = rig.newHost();
    rig.local = rig.server('alpha');
    await rig.run('mirror.stop', { connection });
    expect(rig.server('alpha').callsOf('mirrors.stop')).toEqual([['job-1']]);
  });

  it('STATUS alone prints the server with all its connections, and with a connection what STATUS CON prints', async () => {
    await rig.connected();
    await rig.run('status');
    expect(rig.output[0]).toMatch(/^Server alpha, version /);
    expect(rig.output.join('\n')).toMatch(/^1 +sales +alpha +beta +healthy +In Progress 40 %/m);
    expect(rig.output).toContain('1: /srv/sales on alpha -> /srv/sales on beta');
    rig.output.length = 0;
    await rig.run('status', { connection: 1 });
    expect(rig.output[0]).toBe('- Status for connection 1 -');
    rig.output.length = 0;
    await rig.run('status', { server: 'beta' });
    expect(rig.output.at(-1)).toBe('No connections');
  });

  it('prints its status as the original does', async () => {
    await rig.connected();
    await rig.run('status.con');
    const [heading, established, ...figures] = rig.output;
    expect(heading).toBe('- Status for connection 1 -');
    expect(established).toMatch(/^Time established: +\d\d\/\d\d\/20\d\d \d\d:\d\d:\d\d\.\d{3}$/);
    expect(figures).toEqual([
      'Replication set:               sales',
      'Target machine:                beta',
      'Target state:                  Mirroring',
      'Mirror bytes transferred:      400',
      'Mirror bytes transmitted:      300',
      'Mirror bytes in queue:         20',
      'Replication bytes transferred: 5',
      'Replication bytes transmitted: 4',
      'Replication bytes in queue:    3',
    ]);
  });

  it('has live properties', async () => {
    const connection = await rig.connected();
    expect(await rig.property(connection, 'target.state')).toBe('Mirroring');
    expect(await rig.property(connection, 'mirror.percent')).toEqual(percent(40));
    expect(await rig.property(connection, 'queue.bytes')).toEqual(size(23));
    expect(await rig.property(connection, 'transmit.mode')).toBe('Active');
    rig.server('alpha').mirrored('job-1');
    expect(await rig.property(connection, 'target.state')).toBe('OK');
    expect(await rig.property(connection, 'Mirror.Percent')).toEqual(percent(100));
    expect(await rig.property(connection, 'mirror')).toMatchObject({ kind: 'record' });
  });

  it('says what properties there are', async () => {
    const connection = await rig.connected();
    await expect(rig.property(connection, 'mirror.speed')).rejects.toMatchObject({
      reason: 'a connection.mirror has no speed',
      hint: expect.stringContaining('there are: status, method, percent'),
    });
    await expect(rig.property(connection, 'name.first')).rejects.toMatchObject({
      hint: 'a connection.name is a plain value',
    });
  });

  it('is reported by the target when the source is gone', async () => {
    const connection = await rig.connected();
    const report = await rig.server('alpha').jobs.report('job-1');
    rig.server('beta').jobReports.set('job-1', { ...report, role: 'target', targetState: 'OK' });
    rig.server('alpha').goDown();
    expect(await rig.property(connection, 'target.state')).toBe('OK');
    rig.server('beta').goDown();
    await expect(rig.property(connection, 'target.state')).rejects.toMatchObject({
      code: 'LINK-REFUSED',
      subject: 'alpha',
    });
  });
});

describe('WAIT FOR MIRROR', () => {
  it('ends when the mirror is complete on the target', async () => {
    await rig.connected();
    const waiting = rig.run('wait.mirror', { timeout: duration(60_000) });
    await rig.clock.advance(1000);
    const alpha = rig.server('alpha');
    alpha.changed('job-1', (report) => ({ ...report, mirror: { ...report.mirror, status: 'Waiting', percent: 100 } }));
    await rig.clock.advance(0);
    alpha.mirrored('job-1');
    expect(await waiting).toBe(1);
  });

  it('says what is missing when the time is over', async () => {
    await rig.connected();
    const waiting = rig.run('wait.mirror', { timeout: duration(5000) });
    const failure = expect(waiting).rejects.toMatchObject({
      code: 'WAIT-TIMEOUT',
      reason:
        'it was not complete after 5 s; mirror In Progress, 40 % done, 600 bytes remain, transmission Active, target Mirroring',
    });
    await rig.clock.advance(5000);
    expect(rig.server('alpha').callsOf('jobs.wait')).toEqual([['job-1', 1, 5000]]);
    rig.server('alpha').timePasses();
    await failure;
  });

  it('fails when the mirror is stopped', async () => {
    await rig.connected();
    const waiting = rig.run('wait.mirror', { timeout: 'forever' });
    await rig.clock.advance(0);
    rig.server('alpha').changed('job-1', (one) => ({ ...one, mirror: { ...one.mirror, status: 'Stopped' } }));
    await expect(waiting).rejects.toMatchObject({ code: 'MIRROR-STOPPED', hint: 'start it again: MIRROR START 1' });
  });

  it('ends at once when the script is interrupted', async () => {
    await rig.connected();
    const waiting = rig.run('wait.mirror', { timeout: 'forever' });
    await rig.clock.advance(0);
    rig.interrupt.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('VERIFY', () => {
  it('prints a summary and gives the figures', async () => {
    await rig.connected();
    const result = await rig.run('verify', { connection: 1, mode: 'repair' });
    expect(rig.output).toEqual([
      'Verification of connection 1: 10 files compared in 1.5 s, 1 different, 0 missing, 0 unsettled, 0 only on the target, 1 sent again',
      '  different: a\\x0a\\xe9 (5 bytes out of sync, mode)',
      'Log: /home/logs/sales DTVerify.log',
    ]);
    expect(result).toMatchObject({ kind: 'record' });
  });
});

describe('LOGIN', () => {
  const password = secret('let me in');

  it('returns the access level and hands the password to the server alone', async () => {
    rig.server('alpha').loginLevel = 2;
    expect(await rig.run('login', { server: 'alpha', user: 'operator', password })).toBe(2);
    expect(rig.output).toEqual(['User access level set to DT_FULL_ACCESS']);
    expect(rig.server('alpha').callsOf('access.login')).toEqual([['operator', 'let me in']]);
  });

  it('with monitor access lets one look and nothing else', async () => {
    await rig.connected();
    rig.server('alpha').loginLevel = 1;
    await rig.run('login', { server: 'ALPHA', user: 'guest', password });
    await rig.run('status.con');
    await expect(rig.run('mirror.stop')).rejects.toMatchObject({
      code: 'ACCESS-DENIED',
      reason: 'it needs full access, this session has monitor',
    });
  });

  it('refused is no error; the next command fails', async () => {
    rig.server('alpha').loginLevel = 0;
    expect(await rig.run('login', { server: 'alpha', user: 'x', password })).toBe(0);
    await expect(rig.run('version', { server: 'alpha' })).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
  });
});

describe('DISCONNECT', () => {
  const known = (server: string): boolean => rig.server(server).jobReports.has('job-1');

  async function takenOver(): Promise<void> {
    await rig.connected();
    const report = await rig.server('alpha').jobs.report('job-1');
    rig.server('beta').jobReports.set('job-1', { ...report, role: 'target', failedOver: true });
  }

  it('makes both servers forget', async () => {
    await rig.connected();
    const report = await rig.server('alpha').jobs.report('job-1');
    rig.server('beta').jobReports.set('job-1', { ...report, role: 'target' });
    await rig.run('disconnect');
    expect([known('alpha'), known('beta')]).toEqual([false, false]);
    expect(rig.output).toEqual(['Connection 1 has ended; the replica on beta stays']);
  });

  it('of a source that was taken over ends its own side alone, and says the way back', async () => {
    await takenOver();
    await rig.run('disconnect');
    expect([known('alpha'), known('beta')]).toEqual([false, true]);
    expect(rig.output[0]).toContain('has ended on alpha alone: beta has taken over');
    expect(rig.output[1]).toContain('SOURCE beta and CONNECT it TO alpha');
  });

  it('at a target that has taken over ends its side, and says that the paths stay live', async () => {
    await takenOver();
    await rig.run('source', { server: 'beta' });
    await rig.run('disconnect', { connection: handle('connection', 'job-1', 1) });
    expect([known('alpha'), known('beta')]).toEqual([true, false]);
    expect(rig.output[0]).toContain('no mirror may go over it (LIVE LIST)');
    expect(rig.output[1]).toBe('alpha still has its side: DISCONNECT it there');
  });

  it.each([
    ['alpha', 'beta'],
    ['beta', 'alpha'],
  ])('refused by %s leaves %s as it is', async (refusing, other) => {
    await rig.connected();
    const report = await rig.server('alpha').jobs.report('job-1');
    rig.server('beta').jobReports.set('job-1', { ...report, role: 'target' });
    rig.server(refusing).denied.add('jobs.disconnect');
    await expect(rig.run('disconnect')).rejects.toMatchObject({ code: 'ACCESS-DENIED', subject: `server ${refusing}` });
    expect(rig.server(other).callsOf('jobs.disconnect')).toEqual([]);
    expect([known('alpha'), known('beta')]).toEqual([true, true]);
  });

  it('with monitor access after LOGIN is refused, and leaves the target as it is', async () => {
    await rig.connected();
    const report = await rig.server('alpha').jobs.report('job-1');
    rig.server('beta').jobReports.set('job-1', { ...report, role: 'target' });
    rig.server('alpha').loginLevel = 1;
    await rig.run('login', { server: 'alpha', user: 'x', password: secret('y') });
    await expect(rig.run('disconnect')).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
    expect(known('beta')).toBe(true);
  });

  it('works without the source, and says that it has not heard of it', async () => {
    await rig.connected();
    rig.server('alpha').goDown();
    await rig.run('disconnect');
    expect(rig.output[1]).toBe('warning: alpha still knows it: nothing listens there');
  });

  it('fails when neither answers', async () => {
    await rig.connected();
    rig.server('alpha').goDown();
    rig.server('beta').goDown();
    await expect(rig.run('disconnect')).rejects.toMatchObject({ code: 'LINK-REFUSED', subject: 'alpha' });
  });
});

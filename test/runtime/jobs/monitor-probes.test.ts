// The probes of a monitor on two servers in memory: what is asked when, how long it takes by the clock, and what it means.
import { afterEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.ts';
import { sleep } from '../../../src/base/waiting/clock.ts';
import type { MonitorReport, MonitorSpecification } from '../../../src/model/report.ts';
import type { Ping } from '../../../src/ports/ping.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';
import { monitorOf } from '../../support/monitors.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

/** A network whose hosts take their time; by an address beta knows where alpha is. */
class Host {
  readonly asked: string[] = [];
  echoMs = 0;
  echoes = true;
  reachMs = 0;
  answers = true;
  forbidden = false;

  options(changes: MemoryClusterOptions = {}): MemoryClusterOptions {
    return {
      ...changes,
      parts: (name, { clock, network }) => {
        const ping: Ping = {
          echo: async (host, signal) => {
            if (this.forbidden) {
              throw new Failure({ code: 'PING-FORBIDDEN', operation: 'ask', subject: host, reason: 'no right' });
            }
            this.#note(`echo ${host}`, clock.monotonicMs());
            if (!this.echoes) await new Promise((resolve) => signal.addEventListener('abort', resolve));
            else await sleep(clock, this.echoMs, signal);
            return this.echoes ? undefined : 'no echo came back';
          },
        };
        const own = network.server(name);
        return {
          ping,
          network: {
            ...own,
            addressOf: async () => '10.0.0.1:6320',
            reach: async (host, port) => {
              this.#note(`reach ${host}:${port}`, clock.monotonicMs());
              await sleep(clock, this.answers ? this.reachMs : 60_000);
              return this.answers ? undefined : 'refused';
            },
          },
        };
      },
    };
  }

  #beganMs = 0;

  begin(nowMs: number): void {
    this.#beganMs = nowMs;
    this.asked.length = 0;
  }

  #note(what: string, nowMs: number): void {
    this.asked.push(`${(nowMs - this.#beganMs) / 1000} ${what}`);
  }
}

const tcp = { type: 'tcp', host: '10.0.0.1', port: 5432 } as const;

async function watch(
  host: Host,
  changes: Partial<MonitorSpecification>,
  options: MemoryClusterOptions = {},
): Promise<MonitorSpecification> {
  cluster = await MemoryCluster.start(host.options(options));
  cluster.workload.create('/work/file', Buffer.from('one'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  await cluster.turning(cluster.beta.monitors.create(monitorOf(jobId, { waitForUser: true, ...changes })));
  const [made] = await cluster.beta.monitors.list();
  if (made === undefined) throw new Error('no monitor was made');
  return made.specification;
}

async function report(): Promise<MonitorReport | undefined> {
  return (await cluster.beta.monitors.list())[0];
}

async function start(host: Host): Promise<void> {
  host.begin(cluster.clock.monotonicMs());
  await cluster.beta.monitors.start('watch');
}

/** Milliseconds until the condition is met, to the millisecond. */
async function msUntilMet(): Promise<number> {
  const beganMs = cluster.clock.monotonicMs();
  while ((await report())?.state !== 'Failover Condition Met') await cluster.clock.advance(1);
  return cluster.clock.monotonicMs() - beganMs;
}

describe('with a number of failures and a host that answers echoes when the monitor is made', () => {
  test('it takes (echo response + probe response + interval) times the failures; a late probe counts its five seconds', async () => {
    const host = new Host();
    host.echoMs = 300;
    const made = await watch(host, { probe: tcp, intervalMs: 2000, condition: { type: 'failures', count: 3 } });
    expect(made.echoHost).toBe('10.0.0.1');
    host.answers = false;
    await start(host);
    // The last interval is not waited for: three checks of 0.3 and 5 seconds, and two intervals between them.
    expect(await msUntilMet()).toBe(3 * (300 + 5000 + 2000) - 2000);
    expect(host.asked).toEqual([
      '0 echo 10.0.0.1',
      '0.3 reach 10.0.0.1:5432',
      '7.3 echo 10.0.0.1',
      '7.6 reach 10.0.0.1:5432',
      '14.6 echo 10.0.0.1',
      '14.9 reach 10.0.0.1:5432',
    ]);
  });

  test('a failed echo skips the probe, and the echo is tried again after the interval', async () => {
    const host = new Host();
    await watch(host, { probe: tcp, intervalMs: 2000, condition: { type: 'failures', count: 3 } });
    host.echoes = false;
    await start(host);
    expect(await msUntilMet()).toBe(3 * (5000 + 2000) - 2000);
    expect(host.asked).toEqual(['0 echo 10.0.0.1', '7 echo 10.0.0.1', '14 echo 10.0.0.1']);
    expect((await report())?.evidence.at(-1)).toMatch(/10\.0\.0\.1 answers no echo: no answer within 5 seconds/);
  });

  test('that is remembered over a restart of the target', async () => {
    const host = new Host();
    await watch(host, { probe: tcp, condition: { type: 'failures', count: 3 } });
    cluster.kill('beta');
    await cluster.restart('beta');
    expect((await report())?.specification.echoHost).toBe('10.0.0.1');
  });

  test('where no echo may be sent later, the probe decides alone', async () => {
    const host = new Host();
    await watch(host, { probe: tcp, intervalMs: 1000, condition: { type: 'failures', count: 2 } });
    host.forbidden = true;
    await start(host);
    await cluster.clock.advance(20_000);
    expect(await report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0, evidence: [] });
  });
});

test.each([
  ['a host that answers none', { condition: { type: 'failures', count: 3 } }, false],
  ['a total time', { condition: { type: 'total-time', totalMs: 30_000 } }, true],
  ['several probes', { condition: { type: 'failures', count: 3 }, moreProbes: [tcp] }, true],
] as const)(
  'with %s no echo stands before the probe: (probe response + interval) times the failures',
  async (_what, changes, echoes) => {
    const host = new Host();
    host.echoes = echoes;
    const made = await watch(host, { probe: tcp, intervalMs: 2000, ...changes });
    expect(made.echoHost).toBeUndefined();
    host.answers = false;
    await start(host);
    const ms = await msUntilMet();
    expect(ms).toBe(changes.condition.type === 'failures' ? 3 * (5000 + 2000) - 2000 : 30_000);
    expect(host.asked.every((one) => one.endsWith('reach 10.0.0.1:5432'))).toBe(true);
  },
);

describe('several probes', () => {
  const ping = { type: 'ping', host: '10.0.0.7' } as const;

  test('are made at the same time, and by default one that answers is enough', async () => {
    const host = new Host();
    await watch(host, { probe: tcp, moreProbes: [ping], intervalMs: 1000, condition: { type: 'failures', count: 3 } });
    host.answers = false;
    await start(host);
    await cluster.clock.advance(30_000);
    expect(await report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
    expect(host.asked.slice(0, 2)).toEqual(['0 reach 10.0.0.1:5432', '0 echo 10.0.0.7']);
    host.echoes = false;
    await msUntilMet();
    expect((await report())?.evidence.at(-1)).toMatch(/no answer within 5 seconds; no answer within 5 seconds/);
  });

  test('with ANY one that fails is enough', async () => {
    const host = new Host();
    const several = { probe: tcp, moreProbes: [ping], failsWhen: 'any' } as const;
    await watch(host, { ...several, intervalMs: 1000, condition: { type: 'failures', count: 3 } });
    host.echoes = false;
    await start(host);
    expect(await msUntilMet()).toBe(3 * (5000 + 1000) - 1000);
  });
});

describe('a program', () => {
  const program = { type: 'program', program: '/opt/ask', arguments: ['--fast', 'a b'] } as const;
  const condition = { type: 'failures', count: 2 } as const;

  test('is run without a shell, and its exit code decides; one that hangs is ended', async () => {
    const host = new Host();
    host.echoes = false;
    await watch(host, { probe: program, intervalMs: 1000, condition });
    const { programs } = cluster.machines.beta;
    programs.onStart = (started) => started.end();
    await start(host);
    await cluster.clock.advance(1500);
    expect(programs.started[0]?.request).toEqual({ program: '/opt/ask', arguments: ['--fast', 'a b'] });
    expect(await report()).toMatchObject({ consecutiveFailures: 0 });
    programs.onStart = undefined;
    await cluster.clock.advance(6000);
    expect(await report()).toMatchObject({ consecutiveFailures: 1 });
    expect(programs.started.map(({ killed }) => killed)).toEqual([false, false, true]);
    programs.onStart = (started) => started.end({ exitCode: 3 });
    await msUntilMet();
    expect((await report())?.evidence.at(-1)).toMatch(/\/opt\/ask ended with 3/);
  });

  test('that may not run on the target is refused', async () => {
    const host = new Host();
    const refused = watch(host, { probe: program }, { taskPolicy: { enabled: true, allow: ['/opt/other'] } });
    await expect(refused).rejects.toMatchObject({ code: 'PROGRAM-NOT-ALLOWED', operation: 'create a monitor' });
    expect(await cluster.beta.monitors.list()).toEqual([]);
  });

  test('that cannot start any more says nothing about the source: an event, and no failover', async () => {
    const host = new Host();
    await watch(host, { probe: program, intervalMs: 1000, condition });
    cluster.machines.beta.programs.refuse('/opt/ask', 'PROGRAM-MISSING');
    await start(host);
    await cluster.clock.advance(60_000);
    expect(await report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
    expect((await cluster.events('beta')).filter((id) => id === 5194)).toHaveLength(1);
  });
});

test('an echo that this server may not ask for is refused when the monitor is made', async () => {
  const host = new Host();
  host.forbidden = true;
  const refused = watch(host, { probe: { type: 'ping', host: '10.0.0.7' } });
  await expect(refused).rejects.toMatchObject({ code: 'PING-FORBIDDEN', reason: 'its probe 10.0.0.7: no right' });
  expect(await cluster.beta.monitors.list()).toEqual([]);
});

test('a source that does not trust this server any more is not gone', async () => {
  const host = new Host();
  await watch(host, { intervalMs: 1000, condition: { type: 'failures', count: 2 } });
  cluster.network.distrust('beta', 'alpha');
  cluster.network.cut('alpha', 'beta');
  cluster.network.distrust('alpha', 'beta');
  await start(host);
  await cluster.clock.advance(60_000);
  expect(await report()).toMatchObject({ state: 'Monitoring', consecutiveFailures: 0 });
  expect((await cluster.events('beta')).filter((id) => id === 5194)).toHaveLength(1);
});

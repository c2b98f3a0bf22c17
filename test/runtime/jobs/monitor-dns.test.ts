// What a monitor would change in DNS is checked when the monitor is made: at the failover nobody is there to mend it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DnsChange, MonitorSpecification } from '../../../src/model/report.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { monitorOf } from '../../support/monitors.ts';

const name = 'www.shop.example';
const nameServer = { host: '127.0.0.1', port: 53, zones: ['shop.example'] };
const second = { ...nameServer, port: 54 };
const unchecked = 5185;

let cluster: MemoryCluster;
let jobId: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/file', Buffer.from('one'));
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
  for (const server of [nameServer, second]) cluster.names.addServer(server);
  await know(nameServer);
});
afterEach(() => cluster.stop());

async function know(server: typeof nameServer): Promise<void> {
  await cluster.beta.dns.addServer({ name: `ns${server.port}`, ...server, key: null });
}

async function set(server: typeof nameServer, ...addresses: readonly string[]): Promise<void> {
  const records = addresses.map((value) => ({ type: 'A' as const, name, value, ttlSeconds: 900 }));
  await cluster.names.replace(server, 'shop.example', [{ type: 'A', name, records }]);
}

const monitor = (...dns: readonly DnsChange[]): MonitorSpecification => monitorOf(jobId, { dns });

const change: DnsChange = { name, address: '10.0.0.9', ttlSeconds: 300 };

async function warnings(): Promise<readonly string[]> {
  return (await cluster.beta.events.since(0)).filter(({ id }) => id === unchecked).map(({ message }) => message);
}

describe('a monitor is refused', () => {
  test('when its name has several addresses and none was said to go', async () => {
    await set(nameServer, '10.0.0.1', '10.0.0.2');
    await expect(cluster.beta.monitors.create(monitor(change))).rejects.toMatchObject({
      code: 'DNS-ADDRESS-UNCLEAR',
      operation: 'create a monitor',
      subject: 'watch',
      reason: 'it could not point www.shop.example elsewhere: it has the addresses 10.0.0.1, 10.0.0.2',
    });
    expect(await cluster.beta.monitors.list()).toEqual([]);
  });

  test('when the address that is to go is none of the name', async () => {
    await set(nameServer, '10.0.0.1', '10.0.0.2');
    await expect(cluster.beta.monitors.create(monitor({ ...change, from: '10.0.0.3' }))).rejects.toMatchObject({
      code: 'DNS-ADDRESS-UNKNOWN',
    });
  });

  test('when one server answers so, though another does not answer', async () => {
    await know(second);
    await set(second, '10.0.0.1', '10.0.0.2');
    cluster.names.setDown(nameServer, true);
    await expect(cluster.beta.monitors.create(monitor(change))).rejects.toMatchObject({ code: 'DNS-ADDRESS-UNCLEAR' });
  });
});

describe('a monitor is made without a word', () => {
  test('when the address that goes is said, or there is only one', async () => {
    await set(nameServer, '10.0.0.1', '10.0.0.2');
    await cluster.beta.monitors.create(monitor({ ...change, from: '10.0.0.1' }));
    await set(nameServer, '10.0.0.1');
    await cluster.beta.monitors.create({ ...monitor(change), name: 'other' });
    expect(await warnings()).toEqual([]);
  });

  test('when each change finds what the one before it leaves', async () => {
    await set(nameServer, '10.0.0.1');
    const next = { ...change, address: '10.0.0.8', from: '10.0.0.9' };
    await cluster.beta.monitors.create(monitor(change, next));
    expect(await warnings()).toEqual([]);
  });
});

describe('a monitor is made with a warning, and its failover checks again', () => {
  test('when the DNS server does not answer', async () => {
    await set(nameServer, '10.0.0.1', '10.0.0.2');
    cluster.names.setDown(nameServer, true);
    await cluster.beta.monitors.create(monitor(change));
    expect(await warnings()).toEqual([
      'Monitor watch cannot check now whether www.shop.example can be pointed to 10.0.0.9, its failover does: no answer',
    ]);
    cluster.names.setDown(nameServer, false);
    await cluster.beta.monitors.start('watch');
    cluster.kill('alpha');
    await cluster.clock.advance(20_000);
    expect(await cluster.events('beta')).toContain(5081);
    expect(cluster.names.addressesOf(name)).toEqual([['10.0.0.1', '10.0.0.2']]);
  });

  test('when no DNS server is known for the name yet', async () => {
    await cluster.beta.monitors.create(monitor({ ...change, name: 'www.other.example' }));
    expect(await warnings()).toEqual([expect.stringContaining('no DNS server is known for this name')]);
  });
});

test('of two monitors of one name that are made at once one is refused', async () => {
  await set(nameServer, '10.0.0.1');
  const made = await Promise.allSettled([1, 2].map(() => cluster.beta.monitors.create(monitor(change))));
  expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await cluster.beta.monitors.list()).toHaveLength(1);
});

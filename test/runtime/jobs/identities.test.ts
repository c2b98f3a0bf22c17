// The addresses that go to the target with a failover: who has them, when, and what happens when a server dies on the way.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Server } from '../../../src/runtime/contract/server.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

const service = '10.0.0.10';
const live = { type: 'live', queue: 'apply' } as const;

let cluster: MemoryCluster;
let jobId: string;

beforeEach(async () => {
  cluster = await MemoryCluster.start();
  ({ jobId } = await cluster.turning(cluster.connect()));
  await cluster.mirrored(jobId);
});
afterEach(() => cluster.stop());

const both = (): readonly Server[] => [cluster.alpha, cluster.beta];
const choose = async (...addresses: readonly string[]): Promise<void> => {
  for (const server of both()) await server.identities.set(jobId, addresses);
};
const holders = (): readonly string[] => cluster.segment.holders(service).toSorted();
const events = async (server: Server, id: number): Promise<number> =>
  (await server.events.since(0)).filter((event) => event.id === id).length;

test('the target takes the address on once it has taken over, and the source, which learns of it, gives it up', async () => {
  await choose(service);
  expect([await cluster.alpha.identities.report(jobId), await cluster.beta.identities.report(jobId)]).toEqual([
    { addresses: [service], isHere: true },
    { addresses: [service], isHere: false },
  ]);
  // The source cannot be reached, and is off the network.
  cluster.network.refuse('alpha', 'beta');
  cluster.network.cut('alpha', 'beta');
  cluster.segment.machine('alpha').isReachable = false;
  const { evidence } = await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  expect(evidence).toContain(`${service} is on net0`);
  expect([holders(), cluster.segment.reached(service)]).toEqual([['beta'], 'beta']);

  cluster.network.heal('alpha', 'beta');
  cluster.segment.machine('alpha').isReachable = true;
  expect(holders()).toEqual(['alpha', 'beta']);
  await cluster.until(jobId, ({ failedOver }) => failedOver);
  await cluster.clock.advance(100);
  expect([holders(), cluster.segment.reached(service)]).toEqual([['beta'], 'beta']);
  expect(await events(cluster.alpha, 5221)).toBe(1);
});

test('an address that somebody answers for is not taken on, and the failover says so and goes on', async () => {
  await choose(service);
  cluster.network.refuse('alpha', 'beta');
  cluster.network.cut('alpha', 'beta');
  const { evidence } = await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  expect(evidence.at(-1)).toContain('alpha answers for it');
  expect(holders()).toEqual(['alpha']);
  expect(await events(cluster.beta, 5222)).toBe(1);
});

test('in a planned failover the target waits until the source has given the address up', async () => {
  await choose(service);
  const { complete, evidence } = await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  expect([complete, evidence.at(-1)]).toEqual([true, `${service} is on net0`]);
  expect([holders(), cluster.segment.reached(service)]).toEqual([['beta'], 'beta']);
});

test('an undo brings the address back to the source, and nobody else has it meanwhile', async () => {
  await choose(service);
  await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  await cluster.until(jobId, ({ failedOver }) => failedOver);
  await cluster.turning(cluster.beta.jobs.undoFailover(jobId));
  await cluster.until(jobId, ({ failedOver, targetState }) => !failedOver && targetState === 'OK');
  await cluster.clock.advance(2000);
  expect([holders(), cluster.segment.reached(service)]).toEqual([['alpha'], 'alpha']);
  expect(await cluster.beta.identities.report(jobId)).toEqual({ addresses: [service], isHere: false });
});

test('an address that somebody had is taken on when nobody answers for it any more', async () => {
  await choose(service);
  cluster.kill('alpha');
  await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  expect(holders()).toEqual(['alpha']);
  cluster.segment.machine('alpha').isReachable = false;
  await cluster.clock.advance(11_000);
  expect(holders()).toEqual(['beta']);
  expect(await events(cluster.beta, 5220)).toBe(1);
});

test('an address is announced again and again for a while', async () => {
  await choose(service);
  cluster.kill('alpha');
  cluster.segment.machine('alpha').isReachable = false;
  await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  cluster.segment.learn(service, 'alpha');
  await cluster.clock.advance(1000);
  expect(cluster.segment.reached(service)).toBe('beta');
});

test('a target that starts again still has the address, and takes it on anew when its machine has lost it', async () => {
  await choose(service);
  cluster.kill('alpha');
  cluster.segment.machine('alpha').isReachable = false;
  await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  cluster.kill('beta');
  await cluster.segment.machine('beta').remove({ address: service, prefixBits: 24, interfaceName: 'net0' });
  await cluster.restart('beta');
  expect(holders()).toEqual(['beta']);
});

test('a source that has lost its job takes the address away when its machine comes up with it', async () => {
  await choose(service);
  await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  await cluster.until(jobId, ({ failedOver }) => failedOver);
  await cluster.clock.advance(100);
  cluster.kill('alpha');
  await cluster.segment.machine('alpha').add({ address: service, prefixBits: 24, interfaceName: 'net0' });
  await cluster.restart('alpha');
  expect(cluster.segment.machine('alpha').has(service)).toBe(false);
});

test('what cannot be is refused on the side where it cannot be, and changes nothing', async () => {
  const set = (server: Server, ...addresses: readonly string[]): Promise<void> =>
    server.identities.set(jobId, addresses);
  await expect(set(cluster.alpha, '10.0.0.77')).rejects.toMatchObject({ code: 'ADDRESS-MISSING' });
  await expect(set(cluster.beta, '10.0.0.2')).rejects.toMatchObject({ code: 'ADDRESS-HERE' });
  await expect(set(cluster.beta, '192.168.5.1')).rejects.toMatchObject({ code: 'NETWORK-MISSING' });
  await expect(set(cluster.beta, 'fd00::1')).rejects.toMatchObject({ code: 'NETWORK-MISSING' });
  expect(await cluster.beta.identities.report(jobId)).toEqual({ addresses: [], isHere: false });
});

test('without a choice nothing changes hands, and after DISCONNECT nothing is remembered', async () => {
  await choose(service);
  await choose();
  await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  await cluster.clock.advance(5000);
  expect(holders()).toEqual(['alpha']);
});

test('while the target has the addresses they cannot be chosen anew', async () => {
  await choose(service);
  cluster.kill('alpha');
  cluster.segment.machine('alpha').isReachable = false;
  await cluster.turning(cluster.beta.jobs.failover(jobId, live));
  await expect(cluster.beta.identities.set(jobId, [])).rejects.toMatchObject({ code: 'IDENTITY-TAKEN-OVER' });
});

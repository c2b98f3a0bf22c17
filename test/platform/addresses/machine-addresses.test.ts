// Addresses of a real kernel, on a network of two hosts in namespaces of their own.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MachineAddresses } from '../../../src/platform/addresses/machine-addresses.ts';
import { SystemClock } from '../../../src/platform/kernel/system-clock.ts';
import type { PlacedAddress } from '../../../src/ports/addresses.ts';
import { TwoHosts } from '../../support/network-namespace.ts';

let hosts: TwoHosts;
const addresses = new MachineAddresses(new SystemClock());

beforeEach(async () => {
  hosts = await TwoHosts.open();
});
afterEach(() => hosts?.close());

const four = (): PlacedAddress => ({ address: '10.77.0.9', prefixBits: 24, interfaceName: hosts.here });
const six = (): PlacedAddress => ({ address: 'fd77::9', prefixBits: 64, interfaceName: hosts.here });
const listed = async (): Promise<readonly string[]> =>
  (await addresses.list()).filter(({ interfaceName }) => interfaceName === hosts.here).map(({ address }) => address);
/** Without waiting for the kernel to look for a duplicate. */
const giveOther = (address: string): string =>
  hosts.onOther('ip', 'address', 'add', address, 'dev', hosts.there, ...(address.includes(':') ? ['nodad'] : []));
const neighbours = (): string => hosts.onOther('ip', 'neighbour', 'show', 'dev', hosts.there);

for (const [name, place, other, otherAddress] of [
  ['IPv4', four, '10.77.0.9/24', '10.77.0.2/24'],
  ['IPv6', six, 'fd77::9/64', 'fd77::2/64'],
] as const) {
  test(`${name}: an address comes and goes, and doing it twice does no harm`, async () => {
    await addresses.add(place());
    await addresses.add(place());
    expect(await listed()).toContain(place().address);
    await addresses.remove(place());
    await addresses.remove(place());
    expect(await listed()).not.toContain(place().address);
  });

  test(`${name}: who has an address is found, and nobody where nobody has it`, async () => {
    expect(await addresses.holder(place())).toBeUndefined();
    giveOther(other);
    const [, hardware] = /ether ([\da-f:]+)/.exec(hosts.onOther('ip', 'link', 'show', hosts.there)) ?? [];
    expect(hardware).toBeDefined();
    expect(await addresses.holder(place())).toBe(hardware);
  });

  test(`${name}: the others learn at once that an address has moved`, async () => {
    giveOther(otherAddress);
    const stale = '02:00:00:00:00:99';
    const { address } = place();
    hosts.onOther('ip', 'neighbour', 'add', address, 'lladdr', stale, 'nud', 'stale', 'dev', hosts.there);
    await addresses.add(place());
    await addresses.announce(place());
    expect(neighbours()).toContain(address);
    expect(neighbours()).not.toContain(stale);
  });
}

test('the loopback has no network that could be asked', async () => {
  const place = { address: '127.9.9.9', prefixBits: 8, interfaceName: 'lo' };
  expect(await addresses.holder(place)).toBeUndefined();
  await addresses.announce(place);
});

test('what cannot be is refused, and says why', async () => {
  const absent = { ...four(), interfaceName: 'absent0' };
  await expect(addresses.add(absent)).rejects.toMatchObject({ code: 'INTERFACE-MISSING' });
  await expect(addresses.holder(absent)).rejects.toMatchObject({ code: 'INTERFACE-MISSING' });
  await expect(addresses.add({ ...four(), address: 'ten' })).rejects.toMatchObject({ code: 'ADDRESS-REFUSED' });
  await expect(addresses.add({ ...four(), prefixBits: 99 })).rejects.toMatchObject({ code: 'ADDRESS-REFUSED' });
});

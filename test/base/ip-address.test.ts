import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { expect, test } from 'vitest';
import { ipBytes, isInNetwork } from '../../src/base/addresses/ip-address.ts';

test.each([
  ['10.0.0.1', '0a000001'],
  ['255.255.255.255', 'ffffffff'],
  ['::', '00'.repeat(16)],
  ['::1', `${'00'.repeat(15)}01`],
  ['fd77::9', `fd77${'00'.repeat(13)}09`],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:10.0.0.1', `${'00'.repeat(10)}ffff0a000001`],
  ['1::', `0001${'00'.repeat(14)}`],
])('%s as bytes', (address, hex) => expect(ipBytes(address)?.toString('hex')).toBe(hex));

test.each([
  '',
  'ten',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.01',
  '1.2.3.4.5',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  'g::',
  '12345::',
  'fe80::1%eth0',
  '1.2.3.4::',
])('%s is no address, as Node.js has it', (text) => {
  expect(ipBytes(text)).toBeUndefined();
  // A zone is no part of the address itself.
  expect(isIPv4(text) || (isIPv6(text) && !text.includes('%'))).toBe(false);
});

test('networks are those of Node.js', () => {
  const addresses = ['10.0.0.1', '10.0.1.1', '10.128.0.1', '11.0.0.1', 'fd00::1', 'fd00::1:0:0:1', 'fe80::1', '::1'];
  for (const address of addresses) {
    for (const prefixBits of [0, 1, 8, 9, 23, 24, 31, 32, 64, 127, 128]) {
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      if (family === 'ipv4' && prefixBits > 32) continue;
      const network = new BlockList();
      network.addSubnet(new SocketAddress({ address, family }), prefixBits);
      for (const other of addresses) {
        const isSameKind = isIPv4(address) === isIPv4(other);
        const expected = isSameKind && network.check(new SocketAddress({ address: other, family }));
        expect(isInNetwork(address, prefixBits, other), `${other} in ${address}/${prefixBits}`).toBe(expected);
      }
    }
  }
});

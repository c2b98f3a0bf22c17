import { expect, it } from 'vitest';
import { reverseNameOf } from '../../src/ports/name-service.ts';

it.each([
  ['10.0.0.2', '2.0.0.10.in-addr.arpa'],
  ['fd00::2', '2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa'],
  // The example of RFC 3596, 2.5.
  ['4321:0:1:2:3:4:567:89ab', 'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa'],
  ['::', `${'0.'.repeat(32)}ip6.arpa`],
  ['shop.example', undefined],
  ['1:2::3::4', undefined],
  ['1:2:3', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['12345::', undefined],
])('the name of %s in the reverse tree', (address, expected) => {
  expect(reverseNameOf(address)).toBe(expected);
});

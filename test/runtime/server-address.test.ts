// What an address stands for where a script names a server.
import { describe, expect, it } from 'vitest';
import { isAddress, isThisMachine, serverAt } from '../../src/runtime/contract/server-address.ts';

const servers = [
  { name: 'alpha', addresses: ['10.0.0.1:6320', '10.0.0.1:6325'] },
  { name: 'beta', addresses: ['Beta.example:6320'] },
  { name: 'gamma', addresses: ['[fd00::7]:6320'] },
  { name: 'left', addresses: ['10.0.0.9:1'] },
  { name: 'right', addresses: ['10.0.0.9:2'] },
];

describe('an address', () => {
  it.each([
    ['10.0.0.1', 'alpha'],
    ['10.0.0.1:6325', 'alpha'],
    ['beta.EXAMPLE', 'beta'],
    ['fd00::7', 'gamma'],
    ['[fd00::7]:6320', 'gamma'],
    ['10.0.0.9:2', 'right'],
    ['10.0.0.10', undefined],
    ['10.0.0.1:7', undefined],
  ])('%s is of %s', (written, name) => {
    expect(serverAt(written, servers)?.name).toBe(name);
  });

  it('that two servers share is refused with both names', () => {
    expect(() => serverAt('10.0.0.9', servers)).toThrow(/left and right have this address/);
  });

  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('%s is this machine', (text) => {
    expect(isThisMachine(text)).toBe(true);
  });

  it.each([
    ['10.0.0.1', true],
    ['10.0.0.1:80', true],
    ['fd00::1', true],
    ['beta', false],
    ['beta.example', false],
    ['a1.b2', false],
    ['10.0.0', false],
  ])('%s is an IP address: %s', (text, is) => {
    expect(isAddress(text)).toBe(is);
  });
});

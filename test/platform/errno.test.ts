// The error names of the house against the numbers that a C compiler saw: koffi's and Node's tables are made from <errno.h>.
import { constants } from 'node:os';
import koffi from 'koffi';
import { expect, it } from 'vitest';
import { canonicalErrnoName, errnoNameOf } from '../../src/platform/kernel/errno.ts';
import { nodeErrorName } from '../../src/platform/kernel/node-error-name.ts';

it.each([
  ['koffi', koffi.os.errno],
  ['Node', constants.errno],
])('has the name of every error that %s knows, and one name for each number', (_, table) => {
  for (const [name, number] of Object.entries(table)) {
    expect([name, canonicalErrnoName(name)]).toEqual([name, errnoNameOf(Number(number))]);
  }
});

it('has a word for a number that is no error', () => {
  expect([0, 41, 58, 134, 4095].map(errnoNameOf).join(' ')).toBe('ERRNO-0 ERRNO-41 ERRNO-58 ERRNO-134 ERRNO-4095');
});

it.each([
  ['a used-up quota, for which libuv has no name', { code: 'UNKNOWN', errno: -122 }, 'EDQUOT'],
  ['a damaged file system', { code: 'UNKNOWN', errno: -117 }, 'EUCLEAN'],
  ['the other name of EOPNOTSUPP', { code: 'ENOTSUP', errno: -95 }, 'EOPNOTSUPP'],
  ['an alias without a number', { code: 'EWOULDBLOCK' }, 'EAGAIN'],
  ['a failed look-up of a name', { code: 'ENOTFOUND', errno: -3008 }, 'ENOTFOUND'],
  ['a word of Node’s own', { code: 'ERR_INVALID_ARG_VALUE' }, 'ERR_INVALID_ARG_VALUE'],
  ['nothing at all', {}, 'UNEXPECTED'],
])('names the error of a call through Node: %s', (_, error, name) => {
  expect(nodeErrorName(error)).toBe(name);
});

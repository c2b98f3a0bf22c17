// The accounts of LOGIN. A password is kept as its scrypt hash with its own salt. Checking an unknown user takes as
// long as checking a known one, so that nobody can find out names by measuring the time.
import { scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from '../../base/random.ts';
import type { AccessLevel } from '../contract/access-level.ts';
import type { AccountConfiguration } from '../stores/configuration.ts';

const accessLevels: Readonly<Record<AccountConfiguration['access'], AccessLevel>> = { none: 0, monitor: 1, full: 2 };

const hashBytes = 32;
const parameters = { N: 32_768, r: 8, p: 1, maxmem: 67_108_864 };

export async function newAccount(
  user: string,
  password: string,
  access: AccountConfiguration['access'],
  random: Random,
): Promise<AccountConfiguration> {
  const salt = Buffer.from(random.bytes(16));
  const hash = await hashPassword(password, salt);
  return { user, access, salt: salt.toString('base64'), hash: hash.toString('base64') };
}

/** 0 when the user is unknown or the password is wrong. */
export async function accessOf(
  accounts: readonly AccountConfiguration[],
  user: string,
  password: string,
): Promise<AccessLevel> {
  const account = accounts.find((one) => one.user === user);
  const hash = await hashPassword(password, Buffer.from(account?.salt ?? '', 'base64'));
  const expected = Buffer.from(account?.hash ?? '', 'base64');
  if (account === undefined || expected.length !== hashBytes || !timingSafeEqual(hash, expected)) return 0;
  return accessLevels[account.access];
}

function hashPassword(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, parameters, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

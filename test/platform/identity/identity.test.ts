import { randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identityPath, loadIdentity, loadOrCreateIdentity } from '../../../src/platform/identity/identity.ts';

const system = {
  clock: { wallMs: () => Date.parse('2026-01-02T03:04:05Z'), monotonicMs: () => 0, after: () => () => undefined },
  random: { bytes: (length: number) => randomBytes(length) },
};
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'understudy-identity-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('is made once and is the same ever after', async () => {
  expect(await loadIdentity(home)).toBeUndefined();
  const made = await loadOrCreateIdentity(home, 'alpha', system);
  expect(made.name).toBe('alpha');
  expect(made.fingerprint).toBe(new X509Certificate(made.certificatePem).fingerprint256);
  expect(await loadOrCreateIdentity(home, 'alpha', system)).toEqual(made);
  expect(await loadIdentity(home)).toEqual(made);
});

test('keeps its key from other accounts', async () => {
  await loadOrCreateIdentity(home, 'alpha', system);
  expect(statSync(identityPath(home)).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'keys')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(home, 'keys'))).toEqual(['server.pem']);
});

test.each([0o644, 0o640, 0o604])('refuses a key file with mode %o', async (mode) => {
  await loadOrCreateIdentity(home, 'alpha', system);
  chmodSync(identityPath(home), mode);
  await expect(loadIdentity(home)).rejects.toMatchObject({
    code: 'IDENTITY-EXPOSED',
    subject: identityPath(home),
    reason: expect.stringContaining(mode.toString(8)),
    hint: expect.stringContaining('chmod 600'),
  });
});

test('two processes that start at once end with one identity', async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => loadOrCreateIdentity(home, 'alpha', system)));
  expect(new Set(made.map(({ fingerprint }) => fingerprint)).size).toBe(1);
});

test('refuses the home of another server', async () => {
  await loadOrCreateIdentity(home, 'alpha', system);
  await expect(loadOrCreateIdentity(home, 'beta', system)).rejects.toMatchObject({
    code: 'IDENTITY-NAME',
    reason: 'this home folder belongs to the server alpha',
  });
});

test('says so when the file is damaged, or its key is another one', async () => {
  mkdirSync(join(home, 'keys'));
  writeFileSync(identityPath(home), 'nonsense', { mode: 0o600 });
  await expect(loadIdentity(home)).rejects.toMatchObject({ code: 'IDENTITY-DAMAGED' });

  const pems: string[] = [];
  for (const name of ['one', 'two']) {
    const folder = join(home, name);
    await loadOrCreateIdentity(folder, name, system);
    pems.push(readFileSync(identityPath(folder), 'utf8'));
  }
  const [one = '', two = ''] = pems;
  const key = '-----BEGIN PRIVATE KEY-----';
  writeFileSync(identityPath(home), one.slice(0, one.indexOf(key)) + two.slice(two.indexOf(key)), { mode: 0o600 });
  await expect(loadIdentity(home)).rejects.toMatchObject({
    code: 'IDENTITY-DAMAGED',
    reason: 'the certificate and the private key do not belong together',
  });
});

test.each([
  ['7.example.test', 'a fully qualified server name must not begin with a digit'],
  ['10.0.0.1', 'a fully qualified server name must not begin with a digit'],
  ['', 'ASCII'],
  ['zürich', 'ASCII'],
  ['two words', 'ASCII'],
  ['a..b', 'ASCII'],
  ['../home', 'ASCII'],
  ['n'.repeat(65), '64'],
])('refuses the server name %j', async (name, reason) => {
  await expect(loadOrCreateIdentity(home, name, system)).rejects.toMatchObject({
    code: 'SERVER-NAME',
    reason: expect.stringContaining(reason),
  });
  expect(readdirSync(home)).toEqual([]);
});

test.each(['7', 'node7', 'a_b-c.example.test', 'n'.repeat(64)])('accepts the server name %j', async (name) => {
  expect((await loadOrCreateIdentity(home, name, system)).name).toBe(name);
});

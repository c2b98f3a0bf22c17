import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TrustedPeer, TrustStore } from '../../../src/platform/identity/trust-store.ts';

let home: string;
let trust: TrustStore;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'understudy-trust-'));
  trust = new TrustStore(home);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function fingerprint(pair: string): string {
  return Array(32).fill(pair).join(':');
}

function peer(name: string, pair: string): TrustedPeer {
  return {
    name,
    fingerprint: fingerprint(pair),
    address: '10.0.0.2:6320',
    roles: ['source'],
    pairedAt: '2026-01-02T03:04:05.000Z',
  };
}

test('trusts nobody at first, and then whom it was told', async () => {
  expect(await trust.peers()).toEqual([]);
  await trust.add(peer('beta', 'BB'));
  await trust.add(peer('gamma.example.test', 'CC'));
  const read = new TrustStore(home);
  expect(await read.peers()).toEqual([peer('beta', 'BB'), peer('gamma.example.test', 'CC')]);
  expect(await read.byName('BETA')).toEqual(peer('beta', 'BB'));
  expect(await read.byFingerprint(fingerprint('CC'))).toEqual(peer('gamma.example.test', 'CC'));
  expect(await read.byFingerprint(fingerprint('DD'))).toBeUndefined();
  expect(statSync(trust.path).mode & 0o777).toBe(0o600);
});

test('renews what it knows of a server with the same certificate', async () => {
  await trust.add(peer('beta', 'BB'));
  await trust.add({ ...peer('beta', 'BB'), address: '10.0.0.9:7000' });
  expect(await trust.peers()).toEqual([{ ...peer('beta', 'BB'), address: '10.0.0.9:7000' }]);
});

test('never gives a name to a second certificate, nor a certificate a second name', async () => {
  await trust.add(peer('beta', 'BB'));
  await expect(trust.add(peer('Beta', 'CC'))).rejects.toMatchObject({ code: 'NAME-TAKEN', subject: 'Beta' });
  await expect(trust.add(peer('gamma', 'BB'))).rejects.toMatchObject({ code: 'CERTIFICATE-TAKEN' });
  await expect(trust.checkFree(peer('beta', 'CC'))).rejects.toMatchObject({ code: 'NAME-TAKEN' });
  expect(await trust.peers()).toEqual([peer('beta', 'BB')]);
  expect(readdirSync(home)).toEqual(['trust.json']);
});

test('reads a file without roles so that jobs go on and nothing of this disk is given, and writes it anew', async () => {
  const { roles: _, ...beta } = peer('beta', 'BB');
  const names = { beta: 'full', gamma: 'monitor', delta: 'none' };
  const peers = Object.entries(names).map(([name, access], index) => {
    return { ...beta, name, access, fingerprint: fingerprint(`A${index}`) };
  });
  writeFileSync(trust.path, JSON.stringify({ version: 1, peers }));
  expect((await trust.peers()).map(({ name, roles }) => [name, roles])).toEqual([
    ['beta', ['source', 'target']],
    ['gamma', ['target', 'monitor']],
    ['delta', ['target']],
  ]);
  await trust.remove('delta');
  expect(JSON.parse(readFileSync(trust.path, 'utf8'))).toMatchObject({ version: 2, peers: [{ name: 'beta' }, {}] });
});

test('forgets a server, once', async () => {
  await trust.add(peer('beta', 'BB'));
  await trust.remove('Beta');
  expect(await trust.peers()).toEqual([]);
  await expect(trust.remove('beta')).rejects.toMatchObject({ code: 'PEER-UNKNOWN', subject: 'beta' });
});

test('loses no change when several are made at once', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `server${index}`);
  await Promise.all(names.map((name, index) => new TrustStore(home).add(peer(name, String(10 + index)))));
  const known = (await trust.peers()).map(({ name }) => name);
  expect(known.toSorted()).toEqual(names.toSorted());
  expect(readdirSync(home)).toEqual(['trust.json']);
});

test('refuses a file of a newer version, leaves it alone, and says what to do', async () => {
  const text = '{ "version": 3, "servers": [] }';
  writeFileSync(trust.path, text);
  const newer = { code: 'FILE-NEWER', subject: trust.path, reason: expect.stringContaining('version 3') };
  await expect(trust.peers()).rejects.toMatchObject(newer);
  await expect(trust.add(peer('beta', 'BB'))).rejects.toMatchObject(newer);
  expect(readFileSync(trust.path, 'utf8')).toBe(text);
  expect(readdirSync(home)).toEqual(['trust.json']);
});

test.each([
  ['{', 'not JSON'],
  ['[]', 'the file: '],
  ['{ "version": 1, "peers": [{ "name": "10.0.0.1" }] }', 'peers.0.name'],
  ['{ "version": 1, "peers": [], "others": [] }', 'others'],
])('refuses the damaged file %s', async (text, reason) => {
  writeFileSync(trust.path, text);
  await expect(trust.peers()).rejects.toMatchObject({ code: 'FILE-DAMAGED', reason: expect.stringContaining(reason) });
});

test('names the lock that a dead process left behind', async () => {
  writeFileSync(`${trust.path}.lock`, '');
  await expect(trust.add(peer('beta', 'BB'))).rejects.toMatchObject({
    code: 'FILE-LOCKED',
    hint: expect.stringContaining(`rm ${trust.path}.lock`),
  });
});

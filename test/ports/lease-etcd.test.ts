// The witness port against a real etcd.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EtcdLeases, type EtcdLeasesOptions } from '../../src/platform/lease/etcd-leases.ts';
import { type EtcdServer, startEtcd } from '../support/etcd-server.ts';
import { requireProgram } from '../support/packages.ts';
import { leaseSuite } from './lease-suite.ts';

const etcdIsHere = requireProgram('etcd', 'etcdctl');
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function leases({ endpoint }: EtcdServer, changes: Partial<EtcdLeasesOptions> = {}): EtcdLeases {
  const options = { endpoints: [endpoint], prefix: 'understudy/', timeToLiveSeconds: 3, timeoutMs: 2000 };
  return new EtcdLeases({ ...options, ...changes });
}

if (etcdIsHere) {
  leaseSuite('etcd', async () => {
    const etcd = await startEtcd();
    return {
      alpha: leases(etcd),
      beta: leases(etcd),
      pass: wait,
      goDown: async () => etcd.sleep(),
      stop: () => etcd.stop(),
    };
  });
}

describe.runIf(etcdIsHere)('etcd as a witness', () => {
  let etcd: EtcdServer;
  let folder: string;
  beforeAll(async () => {
    etcd = await startEtcd();
    folder = mkdtempSync(join(tmpdir(), 'understudy-witness-'));
  }, 90_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await etcd.stop();
  });

  test('a key stands below the prefix with the holder as its value, and is gone with its lease', async () => {
    const alpha = leases(etcd, { timeToLiveSeconds: 60 });
    await alpha.hold('job 1', 'alpha');
    expect(etcd.control('get', 'understudy/job 1')).toBe('understudy/job 1\nalpha\n');
    const [line = ''] = etcd.control('lease', 'list').split('\n').slice(1);
    etcd.control('lease', 'revoke', line);
    expect(etcd.control('get', 'understudy/job 1')).toBe('');
    expect(await alpha.holderOf('job 1')).toBeUndefined();
    // Its holder takes it again.
    expect(await alpha.hold('job 1', 'alpha')).toEqual({ holder: 'alpha', forGood: false });
    await alpha.release('job 1', 'alpha');
  });

  test('a server that started anew goes on with the lease of its earlier life', async () => {
    await leases(etcd).hold('job 2', 'alpha');
    expect(await leases(etcd).hold('job 2', 'alpha')).toEqual({ holder: 'alpha', forGood: false });
  });

  test('the second endpoint is asked when the first does not answer', async () => {
    const alpha = leases(etcd, { endpoints: ['http://127.0.0.1:1', etcd.endpoint] });
    expect(await alpha.hold('job 3', 'alpha')).toEqual({ holder: 'alpha', forGood: false });
  });

  test('something else that listens there is no witness', async () => {
    const alpha = leases(etcd, { endpoints: [`${etcd.endpoint}/elsewhere/`] });
    await expect(alpha.hold('job 4', 'alpha')).resolves.toMatchObject({ holder: 'alpha' });
    const other = leases(etcd, { endpoints: ['http://127.0.0.1:1'] });
    await expect(other.hold('job 4', 'alpha')).rejects.toMatchObject({ code: 'WITNESS-UNREACHABLE' });
  });

  test('with accounts it takes the password from a file, and says nothing of it when etcd refuses', async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'a secret\n');
    etcd.control('user', 'add', 'root:other');
    etcd.control('user', 'grant-role', 'root', 'root');
    etcd.control('user', 'add', 'understudy:a secret');
    etcd.control('role', 'add', 'witness');
    etcd.control('role', 'grant-permission', 'witness', 'readwrite', '--prefix', 'understudy/');
    etcd.control('user', 'grant-role', 'understudy', 'witness');
    etcd.control('auth', 'enable');
    const refused = { code: 'WITNESS-REFUSED' };
    await expect(leases(etcd).hold('job 5', 'alpha')).rejects.toMatchObject(refused);
    const alpha = leases(etcd, { user: 'understudy', passwordFile });
    expect(await alpha.hold('job 5', 'alpha')).toEqual({ holder: 'alpha', forGood: false });
    await expect(
      leases(etcd, { user: 'understudy', passwordFile, prefix: 'other/' }).hold('x', 'alpha'),
    ).rejects.toMatchObject(refused);
    writeFileSync(passwordFile, 'no secret\n');
    const wrong = leases(etcd, { user: 'understudy', passwordFile }).hold('job 5', 'alpha');
    await expect(wrong).rejects.toMatchObject(refused);
    await expect(wrong).rejects.not.toThrow(/secret/);
    await expect(
      leases(etcd, { user: 'understudy', passwordFile: join(folder, 'none') }).hold('x', 'a'),
    ).rejects.toMatchObject(refused);
  });
});

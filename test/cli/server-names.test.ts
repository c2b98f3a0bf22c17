// Which server a name or an address of a script becomes, in a home with a configuration and in an embedded run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { configuredServers } from '../../src/cli/servers/configured-servers.ts';
import { EmbeddedServers } from '../../src/cli/servers/embedded-servers.ts';
import { plan } from '../../src/cli/verbs/plan.ts';
import { loadOrCreateIdentity } from '../../src/platform/identity/identity.ts';
import { TrustStore } from '../../src/platform/identity/trust-store.ts';
import type { ServerDirectory } from '../../src/runtime/contract/server-directory.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { fakeServer } from '../support/fake-server.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

const clock = new ManualClock();
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'understudy-names-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function configured(): Promise<ServerDirectory> {
  await loadOrCreateIdentity(home, 'alpha', { clock, random: new SeededRandom(1) });
  const trust = new TrustStore(home);
  for (const [name, byte, address] of [
    ['beta', 'BB', '10.0.0.2:6320'],
    ['gamma', 'CC', '127.0.0.1:6321'],
  ] as const) {
    const fingerprint = Array(32).fill(byte).join(':');
    await trust.add({ name, fingerprint, address, roles: ['target'], pairedAt: '2026-01-02T03:04:05.000Z' });
  }
  return configuredServers({ home, clock, own: fakeServer('alpha'), serving: false });
}

describe('a home with a configuration', () => {
  it.each([
    ['beta', 'beta'],
    ['10.0.0.2', 'beta'],
    ['10.0.0.2:6320', 'beta'],
    ['localhost', 'alpha'],
    ['127.0.0.1', 'alpha'],
    ['127.0.0.1:6321', 'gamma'],
  ])('%s is %s', async (written, name) => {
    expect((await (await configured()).get(written)).name).toBe(name);
  });

  it('refuses an address that it does not know, with the servers that it knows', async () => {
    const failure = (await configured()).get('10.0.0.9');
    await expect(failure).rejects.toMatchObject({ code: 'SERVER-UNKNOWN', reason: expect.stringContaining('beta') });
  });
});

describe('a plan', () => {
  async function planned(target: string): Promise<string> {
    const file = join(home, 'script.dtcl');
    writeFileSync(file, `shutdown "${target}"\n`);
    const commandLine = new RecordedCommandLine();
    await plan({ file, home, parameters: {}, format: 'text', budgets: {} }, clock, commandLine);
    return [...commandLine.output, ...commandLine.notes].join('\n');
  }

  it('names a server as the run does', async () => {
    await configured();
    expect(await planned('10.0.0.2:6320')).toContain('beta');
    expect(await planned('10.0.0.9')).toContain('cannot find the server: 10.0.0.9');
  });

  it('knows no addresses in an embedded run', async () => {
    expect(await planned('localhost')).toContain('localhost');
    expect(await planned('10.0.0.9')).toContain('cannot find the server: 10.0.0.9');
  });
});

describe('an embedded run', () => {
  const directory = (): EmbeddedServers =>
    new EmbeddedServers({
      make: async (name) => ({
        server: fakeServer(name),
        eventLog: await EventLog.open(new MemoryStorage(), clock, silentLog),
        stop: async () => undefined,
      }),
      onEvent: () => undefined,
      stored: async () => [],
      note: () => undefined,
    });

  it('has one server for localhost and its addresses', async () => {
    const servers = directory();
    const named = await Promise.all(['localhost', '127.0.0.1', '::1'].map((one) => servers.get(one)));
    expect(named.map(({ name }) => name)).toEqual(['localhost', 'localhost', 'localhost']);
    expect(new Set(named).size).toBe(1);
  });

  it('has no server at another address, and says how to reach one', async () => {
    await expect(directory().get('10.0.0.2')).rejects.toMatchObject({
      code: 'SERVER-UNKNOWN',
      reason: expect.stringContaining('all in this process'),
      hint: expect.stringContaining('understudy pair'),
    });
  });
});

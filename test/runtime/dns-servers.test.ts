import { beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { DnsServerSpecification } from '../../src/model/dns-server.ts';
import { type AddressRecord, reverseName } from '../../src/ports/name-service.ts';
import { SealedSecrets } from '../../src/runtime/accounts/sealed-secrets.ts';
import { DnsServers } from '../../src/runtime/dns/dns-servers.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { MemoryNameService } from '../../src/simulator/memory/memory-name-service.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';

const key = { name: 'understudy', algorithm: 'hmac-sha256', secret: 'dmVyeSBzZWNyZXQ=' } as const;
const host = '127.0.0.1';
const change = { name: 'www.shop.example', address: '10.0.0.2', ttlSeconds: 300 };

let names: MemoryNameService;
let storage: MemoryStorage;
let events: EventLog;
let servers: DnsServers;

async function open(): Promise<DnsServers> {
  return DnsServers.open({
    storage,
    secrets: await SealedSecrets.open(storage, new SeededRandom(1)),
    names,
    eventLog: events,
    secretOf: noCredentials,
  });
}

beforeEach(async () => {
  names = new MemoryNameService();
  storage = new MemoryStorage();
  events = await EventLog.open(storage, new ManualClock(), silentLog);
  servers = await open();
});

const noCredentials = (): Promise<string> => Promise.reject(new Error('no credential was named'));

/** A server that serves these zones, and is known with `known` of them. */
async function server(
  name: string,
  port: number,
  zones: readonly string[],
  known: readonly string[] = zones,
): Promise<DnsServerSpecification> {
  names.addServer({ host, port, zones, key });
  const specification = { name, host, port, zones: known, key };
  await servers.addServer(specification);
  return specification;
}

function query(port: number, name: string, type: 'A' | 'PTR' = 'A'): Promise<AddressRecord[]> {
  return names.query({ host, port, key }, name, type);
}

function eventIds(): number[] {
  return events.since(0).map(({ id }) => id);
}

describe('an update', () => {
  test('replaces the A record, with its TTL, and the PTR record where a known zone holds it', async () => {
    await server('ns1', 53, ['shop.example', '0.0.10.in-addr.arpa']);
    await servers.update({ ...change, address: '10.0.0.1' });
    await servers.update(change);
    expect(await query(53, 'www.shop.example')).toEqual([
      { type: 'A', name: 'www.shop.example', value: '10.0.0.2', ttlSeconds: 300 },
    ]);
    expect(await query(53, '2.0.0.10.in-addr.arpa', 'PTR')).toMatchObject([{ value: 'www.shop.example' }]);
    expect(eventIds()).toEqual([5080, 5080]);
  });

  describe('of a name with several addresses', () => {
    const name = change.name;
    const values = async (asked: string, type: 'A' | 'PTR' = 'A', port = 53): Promise<string[]> =>
      (await query(port, asked, type)).map(({ value }) => value).toSorted();

    /** The name's addresses, each with a PTR record that points to it. */
    async function set(...addresses: readonly string[]): Promise<void> {
      const a = addresses.map((value): AddressRecord => ({ type: 'A', name, value, ttlSeconds: 900 }));
      await names.replace({ host, port: 53, key }, 'shop.example', [{ type: 'A', name, records: a }]);
      for (const address of addresses) await point(address, name);
    }
    async function point(address: string, ...targets: readonly string[]): Promise<void> {
      const at = reverseName(address);
      const records = targets.map((value): AddressRecord => ({ type: 'PTR', name: at, value, ttlSeconds: 900 }));
      await names.replace({ host, port: 53, key }, '0.0.10.in-addr.arpa', [{ type: 'PTR', name: at, records }]);
    }

    beforeEach(async () => {
      await server('ns1', 53, ['shop.example', '0.0.10.in-addr.arpa']);
    });

    test('replaces the one that is named; the others stay, and one TTL holds for all', async () => {
      await set('10.0.0.1', '10.0.0.7', '10.0.0.8');
      await servers.update({ ...change, from: '10.0.0.1' });
      expect(await values(name)).toEqual(['10.0.0.2', '10.0.0.7', '10.0.0.8']);
      expect((await query(53, name)).every(({ ttlSeconds }) => ttlSeconds === 300)).toBe(true);
      expect(await values(reverseName('10.0.0.2'), 'PTR')).toEqual([name]);
      expect(await values(reverseName('10.0.0.1'), 'PTR')).toEqual([]);
      expect(await values(reverseName('10.0.0.7'), 'PTR')).toEqual([name]);
    });

    test('is refused when nobody says which one goes, and nothing is changed', async () => {
      await set('10.0.0.1', '10.0.0.7');
      await expect(servers.update(change)).rejects.toMatchObject({
        code: 'DNS-ADDRESS-UNCLEAR',
        reason: 'it has the addresses 10.0.0.1, 10.0.0.7',
        hint: expect.stringContaining('FROM "10.0.0.1"'),
      });
      await expect(servers.update({ ...change, from: '10.0.0.99' })).rejects.toMatchObject({
        code: 'DNS-ADDRESS-UNKNOWN',
        reason: expect.stringContaining('10.0.0.1, 10.0.0.7'),
      });
      expect(await values(name)).toEqual(['10.0.0.1', '10.0.0.7']);
      expect(await values(reverseName('10.0.0.2'), 'PTR')).toEqual([]);
      expect(eventIds()).toEqual([5081, 5081]);
    });

    test('takes the PTR record of the only old address along, without a word; other names of an address stay', async () => {
      await set('10.0.0.1');
      await point('10.0.0.1', name, 'alpha.example');
      await point('10.0.0.2', 'beta.example');
      await servers.update(change);
      expect(await values(name)).toEqual(['10.0.0.2']);
      expect(await values(reverseName('10.0.0.1'), 'PTR')).toEqual(['alpha.example']);
      expect(await values(reverseName('10.0.0.2'), 'PTR')).toEqual(['beta.example', name]);
    });

    test('done twice it is as done once', async () => {
      await set('10.0.0.1', '10.0.0.7');
      await servers.update({ ...change, from: '10.0.0.1' });
      await servers.update({ ...change, from: '10.0.0.1' });
      expect(await values(name)).toEqual(['10.0.0.2', '10.0.0.7']);
      await set('10.0.0.1');
      await servers.update(change);
      await servers.update(change);
      expect(await values(name)).toEqual(['10.0.0.2']);
    });

    test('keeps what somebody else changes meanwhile', async () => {
      await set('10.0.0.1');
      const replace = names.replace.bind(names);
      let others = 0;
      names.replace = async (at, zone, changes) => {
        others += 1;
        if (others === 1) {
          const both = ['10.0.0.1', '10.0.0.7'];
          const records = both.map((value): AddressRecord => ({ type: 'A', name, value, ttlSeconds: 900 }));
          await replace(at, zone, [{ type: 'A', name, records }]);
        }
        await replace(at, zone, changes);
      };
      await servers.update({ ...change, from: '10.0.0.1' });
      expect(await values(name)).toEqual(['10.0.0.2', '10.0.0.7']);
    });

    test('whose PTR zone fails is resolved to the new address all the same, and the error says so', async () => {
      await servers.removeServer('ns1');
      await server('forward', 53, ['shop.example']);
      await server('reverse', 54, ['0.0.10.in-addr.arpa']);
      await servers.update({ ...change, address: '10.0.0.1' });
      names.setDown({ host, port: 54 }, true);
      await expect(servers.update(change)).rejects.toMatchObject({
        code: 'DNS-TIMEOUT',
        retryable: true,
        reason: expect.stringMatching(
          /^www.shop.example points to 10.0.0.2 now, but not all PTR records were changed: /,
        ),
      });
      expect(await values(name)).toEqual(['10.0.0.2']);
      expect(eventIds()).toEqual([5080, 5081]);
      // Asked again with the old address, it finishes what was begun.
      names.setDown({ host, port: 54 }, false);
      await servers.update({ ...change, from: '10.0.0.1' });
      expect(await values(reverseName('10.0.0.1'), 'PTR', 54)).toEqual([]);
      expect(await values(reverseName('10.0.0.2'), 'PTR', 54)).toEqual([name]);
    });
  });

  test('goes to the longest zone that holds the name, whatever the case, and to every server that has it', async () => {
    await server('ns1', 53, ['example', 'shop.example']);
    await server('ns2', 54, ['SHOP.example']);
    await server('ns3', 55, ['op.example', 'other']);
    await servers.update(change);
    expect(await query(53, change.name)).toMatchObject([{ value: '10.0.0.2' }]);
    expect(await query(54, change.name)).toMatchObject([{ value: '10.0.0.2' }]);
    await expect(query(55, change.name)).rejects.toMatchObject({ code: 'DNS-REFUSED' });
  });

  test('asks a server without zones for its own', async () => {
    await server('ns1', 53, ['shop.example'], []);
    await servers.update(change);
    expect(await query(53, change.name)).toMatchObject([{ value: '10.0.0.2' }]);
  });

  test('of a name that no server holds says what to add; it is an event too', async () => {
    await server('ns1', 53, ['shop.example']);
    await expect(servers.update({ ...change, name: 'shop.example.org' })).rejects.toMatchObject({
      code: 'DNS-NO-SERVER',
      hint: expect.stringContaining('DNS SERVER ADD'),
    });
    expect(eventIds()).toEqual([5081]);
  });

  test('with a zone that the server does not serve, a wrong key, or no answer changes nothing', async () => {
    const ns1 = await server('ns1', 53, ['other.example'], ['shop.example']);
    await expect(servers.update(change)).rejects.toMatchObject({ code: 'DNS-REFUSED' });
    names.addServer({ host, port: 53, zones: ['shop.example'], key });
    await servers.addServer({ ...ns1, key: { ...key, secret: 'd3Jvbmc=' } });
    await expect(servers.update(change)).rejects.toMatchObject({ code: 'DNS-REFUSED' });
    names.setDown({ host, port: 53 }, true);
    await expect(servers.update(change)).rejects.toMatchObject({ code: 'DNS-TIMEOUT' });
    names.setDown({ host, port: 53 }, false);
    expect(await query(53, change.name)).toEqual([]);
    expect(eventIds()).toEqual([5081, 5081, 5081]);
  });
});

describe('the list', () => {
  test('holds everything but the secret, which no file of the home shows', async () => {
    await server('ns1', 53, ['shop.example']);
    await servers.addServer({ name: 'ns2', host, port: 54, zones: [], key: null });
    const files = await Promise.all((await storage.list('')).map((name) => storage.read(name)));
    const whole = Buffer.concat(files.map((bytes) => bytes ?? Buffer.alloc(0))).toString('latin1');
    for (const text of [key.secret, 'very secret', Buffer.from('very secret').toString('hex')]) {
      expect(whole).not.toContain(text);
    }
    expect(await servers.servers()).toEqual([
      { name: 'ns1', host, port: 53, zones: ['shop.example'], keyName: 'understudy' },
      { name: 'ns2', host, port: 54, zones: [], keyName: null },
    ]);
  });

  test('survives a restart, with keys that still open', async () => {
    await server('ns1', 53, ['shop.example']);
    servers = await open();
    await servers.update(change);
    expect(await query(53, change.name)).toMatchObject([{ value: '10.0.0.2' }]);
  });

  test('replaces one of the same name, and forgets one', async () => {
    const ns1 = await server('ns1', 53, ['shop.example']);
    await servers.addServer({ ...ns1, port: 99 });
    expect(await servers.servers()).toMatchObject([{ name: 'ns1', port: 99 }]);
    await servers.removeServer('ns1');
    expect(await (await open()).servers()).toEqual([]);
    await expect(servers.removeServer('ns1')).rejects.toMatchObject({ code: 'DNS-SERVER-UNKNOWN' });
  });

  test('is refused when a newer program wrote it, or it was damaged', async () => {
    await storage.replace('dns-servers.json', Buffer.from('{"version": 2}'));
    await expect(open()).rejects.toMatchObject({ code: 'FILE-NEWER' });
    await storage.replace('dns-servers.json', Buffer.from('{"version": 1, "servers": [{}]}'));
    await expect(open()).rejects.toMatchObject({ code: 'FILE-INVALID' });
  });
});

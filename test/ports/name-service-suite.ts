// What every adapter of the name service port must do; run against a real BIND and the simulated one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AddressRecord, type NameServer, type NameService, reverseName } from '../../src/ports/name-service.ts';

/** A server of the zones `example.test` and `0.0.10.in-addr.arpa` that allows updates to the owner of its key. */
export interface NameServiceUnderTest {
  readonly service: NameService;
  /** With the key. */
  readonly server: NameServer;
  /** An address where no server is. */
  readonly absent: NameServer;
  stop(): Promise<void>;
}

export function nameServiceSuite(name: string, setUp: () => Promise<NameServiceUnderTest>): void {
  describe(`the name service port: ${name}`, () => {
    let under: NameServiceUnderTest;
    let server: NameServer;

    beforeAll(async () => {
      under = await setUp();
      server = under.server;
    });
    afterAll(() => under?.stop());

    const zone = 'example.test';

    function a(host: string, value: string, ttlSeconds = 300): AddressRecord {
      return { type: 'A', name: `${host}.${zone}`, value, ttlSeconds };
    }

    async function set(host: string, ...records: readonly AddressRecord[]): Promise<void> {
      await under.service.replace(server, zone, [{ type: 'A', name: `${host}.${zone}`, records }]);
    }

    function query(host: string): Promise<AddressRecord[]> {
      return under.service.query(server, `${host}.${zone}`, 'A');
    }

    test('a name without records has none', async () => {
      expect(await query('nobody')).toEqual([]);
    });

    test('sets, replaces and deletes the records of a name', async () => {
      await set('shop', a('shop', '10.0.0.1', 600));
      expect(await query('shop')).toEqual([a('shop', '10.0.0.1', 600)]);
      await set('shop', a('shop', '10.0.0.2', 300), a('shop', '10.0.0.3', 300));
      const both = (await query('shop')).toSorted((one, other) => one.value.localeCompare(other.value));
      expect(both).toEqual([a('shop', '10.0.0.2'), a('shop', '10.0.0.3')]);
      await set('shop');
      expect(await query('shop')).toEqual([]);
      await set('shop');
    });

    test('letter case does not tell names apart', async () => {
      await set('case', a('case', '10.0.0.4'));
      expect((await query('CASE')).map(({ value }) => value)).toEqual(['10.0.0.4']);
    });

    test('keeps addresses and names of the reverse tree', async () => {
      const name = reverseName('10.0.0.7');
      expect(name).toBe('7.0.0.10.in-addr.arpa');
      const record: AddressRecord = { type: 'PTR', name, value: 'shop.example.test', ttlSeconds: 120 };
      await under.service.replace(server, '0.0.10.in-addr.arpa', [{ type: 'PTR', name, records: [record] }]);
      expect(await under.service.query(server, name, 'PTR')).toEqual([record]);
      expect(await under.service.query(server, name, 'A')).toEqual([]);
    });

    test('several names change in one update, or none', async () => {
      await set('one', a('one', '10.0.0.1'));
      await set('two', a('two', '10.0.0.1'));
      const outside: AddressRecord = { type: 'A', name: 'shop.elsewhere.test', value: '10.0.0.9', ttlSeconds: 60 };
      const change = (record: AddressRecord) => ({ type: record.type, name: record.name, records: [record] });
      await expect(
        under.service.replace(server, zone, [change(a('one', '10.0.0.9')), change(outside)]),
      ).rejects.toMatchObject({ code: 'DNS-REFUSED', reason: expect.stringContaining('NOTZONE') });
      expect(await query('one')).toEqual([a('one', '10.0.0.1')]);
      await under.service.replace(server, zone, [change(a('one', '10.0.0.8')), change(a('two', '10.0.0.8'))]);
      expect([...(await query('one')), ...(await query('two'))].map(({ value }) => value)).toEqual([
        '10.0.0.8',
        '10.0.0.8',
      ]);
    });

    describe('with what is expected to be there', () => {
      const changed = { code: 'DNS-CHANGED', retryable: true };
      const values = async (host: string): Promise<string[]> =>
        (await query(host)).map(({ value }) => value).toSorted();

      async function replace(
        host: string,
        expected: readonly AddressRecord[],
        ...records: AddressRecord[]
      ): Promise<void> {
        await under.service.replace(server, zone, [{ type: 'A', name: `${host}.${zone}`, records, expected }]);
      }

      test('replaces those very records, in whatever order, and with another TTL', async () => {
        await set('exact', a('exact', '10.0.0.1', 600), a('exact', '10.0.0.3', 600));
        const expected = [a('exact', '10.0.0.3', 5), a('exact', '10.0.0.1', 5)];
        await replace('exact', expected, a('exact', '10.0.0.2', 60), a('exact', '10.0.0.3', 60));
        expect(await values('exact')).toEqual(['10.0.0.2', '10.0.0.3']);
        expect((await query('exact')).map(({ ttlSeconds }) => ttlSeconds)).toEqual([60, 60]);
      });

      test('changes nothing where there is less, more, or something else', async () => {
        await set('guess', a('guess', '10.0.0.1'), a('guess', '10.0.0.3'));
        const wrong = [
          [a('guess', '10.0.0.1')],
          [a('guess', '10.0.0.1'), a('guess', '10.0.0.3'), a('guess', '10.0.0.4')],
          [a('guess', '10.0.0.1'), a('guess', '10.0.0.5')],
          [],
        ];
        for (const expected of wrong) {
          await expect(replace('guess', expected, a('guess', '10.0.0.9'))).rejects.toMatchObject(changed);
        }
        expect(await values('guess')).toEqual(['10.0.0.1', '10.0.0.3']);
      });

      test('makes records only where none are, when none are expected', async () => {
        await replace('fresh', [], a('fresh', '10.0.0.1'));
        await expect(replace('fresh', [], a('fresh', '10.0.0.2'))).rejects.toMatchObject(changed);
        expect(await values('fresh')).toEqual(['10.0.0.1']);
      });

      test('one name that is not as expected keeps the others from being changed', async () => {
        await set('left', a('left', '10.0.0.1'));
        await set('right', a('right', '10.0.0.1'));
        const change = (host: string, expected: string) => ({
          type: 'A' as const,
          name: `${host}.${zone}`,
          records: [a(host, '10.0.0.7')],
          expected: [a(host, expected)],
        });
        await expect(
          under.service.replace(server, zone, [change('left', '10.0.0.1'), change('right', '10.0.0.6')]),
        ).rejects.toMatchObject(changed);
        expect([...(await values('left')), ...(await values('right'))]).toEqual(['10.0.0.1', '10.0.0.1']);
      });
    });

    test('finds the zone of a name', async () => {
      expect(await under.service.zoneOf(server, 'a.b.shop.example.test')).toBe('example.test');
      expect(await under.service.zoneOf(server, 'example.test')).toBe('example.test');
      expect(await under.service.zoneOf(server, reverseName('10.0.0.2'))).toBe('0.0.10.in-addr.arpa');
      await expect(under.service.zoneOf(server, 'shop.elsewhere.test')).rejects.toMatchObject({ code: 'DNS-REFUSED' });
    });

    test('a zone that the server does not serve is refused', async () => {
      const record: AddressRecord = { type: 'A', name: 'shop.elsewhere.test', value: '10.0.0.9', ttlSeconds: 60 };
      await expect(
        under.service.replace(server, 'elsewhere.test', [{ type: 'A', name: record.name, records: [record] }]),
      ).rejects.toMatchObject({ code: 'DNS-REFUSED', reason: expect.stringContaining('NOTAUTH') });
      await expect(under.service.query(server, record.name, 'A')).rejects.toMatchObject({ code: 'DNS-REFUSED' });
    });

    describe('with the wrong credentials changes nothing and says why', () => {
      const wrongSecret = Buffer.alloc(32, 1).toString('base64');

      test.each([
        ['another secret', (key: NameServer['key']) => key && { ...key, secret: wrongSecret }, 'NOTAUTH with BADSIG'],
        ['another key', (key: NameServer['key']) => key && { ...key, name: 'unknown-key' }, 'NOTAUTH with BADKEY'],
        ['no key', () => undefined, 'REFUSED'],
      ])('%s', async (_what, change, reason) => {
        await set('guarded', a('guarded', '10.0.0.1'));
        const { host, port } = server;
        const key = change(server.key);
        const wrong = key === undefined ? { host, port } : { host, port, key };
        const name = `guarded.${zone}`;
        await expect(
          under.service.replace(wrong, zone, [{ type: 'A', name, records: [a('guarded', '10.0.0.9')] }]),
        ).rejects.toMatchObject({
          code: 'DNS-REFUSED',
          subject: `${host}:${port}`,
          reason: expect.stringContaining(reason),
          retryable: false,
        });
        expect(await query('guarded')).toEqual([a('guarded', '10.0.0.1')]);
      });
    });

    test('a server that is not there may be tried again', async () => {
      const gone = { code: 'DNS-UNREACHABLE', retryable: true, reason: 'nothing listens there' };
      const records = [a('shop', '10.0.0.1')];
      await expect(under.service.query(under.absent, 'shop.example.test', 'A')).rejects.toMatchObject(gone);
      await expect(
        under.service.replace(under.absent, zone, [{ type: 'A', name: 'shop.example.test', records }]),
      ).rejects.toMatchObject(gone);
    });
  });
}

import { expect, test } from 'vitest';
import type { NameServer } from '../../src/ports/name-service.ts';
import { MemoryNameService } from '../../src/simulator/memory/memory-name-service.ts';
import { nameServiceSuite } from './name-service-suite.ts';

const server: NameServer = {
  host: '10.0.0.53',
  port: 53,
  key: { name: 'update-key', algorithm: 'hmac-sha256', secret: 'c2VjcmV0' },
};

function service(): MemoryNameService {
  const memory = new MemoryNameService();
  memory.addServer({ ...server, zones: ['example.test', '0.0.10.in-addr.arpa'] });
  return memory;
}

nameServiceSuite('in memory', async () => ({
  service: service(),
  server,
  absent: { ...server, host: '10.0.0.54' },
  stop: async () => undefined,
}));

test('a server that is down does not answer, and is as it was when it is up again', async () => {
  const memory = service();
  const name = 'shop.example.test';
  const record = { type: 'A', name, value: '10.0.0.1', ttlSeconds: 60 } as const;
  await memory.replace(server, 'example.test', [{ type: 'A', name, records: [record] }]);
  memory.setDown(server, true);
  await expect(memory.query(server, name, 'A')).rejects.toMatchObject({ code: 'DNS-TIMEOUT', retryable: true });
  memory.setDown(server, false);
  expect(await memory.query(server, name, 'A')).toEqual([record]);
});

import { describe, expect, test } from 'vitest';
import { MemoryNetwork } from '../../src/simulator/memory/memory-network.ts';
import { pingSuite } from './ping-suite.ts';

async function network(): Promise<MemoryNetwork> {
  const made = new MemoryNetwork();
  for (const name of ['alpha', 'beta']) {
    const server = made.server(name);
    if (name === 'alpha')
      await server.listen(
        () => undefined,
        () => undefined,
      );
  }
  made.addAddress('alpha', '10.0.0.1');
  return made;
}

describe('the ping port: in memory', async () => {
  const made = await network();
  pingSuite(() => ({ ping: made.ping('beta'), present: ['alpha', '10.0.0.1'], silent: 'beta' }));
});

test('a machine that was silenced replies no more, though its server takes connections', async () => {
  const made = await network();
  const echo = (): Promise<string | undefined> => made.ping('beta').echo('alpha', AbortSignal.abort());
  expect(await echo()).toBeUndefined();
  made.silence('alpha');
  expect(await echo()).toBe('no answer');
  expect(await made.server('beta').reach('alpha', 22)).toBeUndefined();
  made.silence('alpha', false);
  expect(await echo()).toBeUndefined();
});

// A source that speaks to a real target over a real connection, and listens: however much the target has to do, it goes on
// saying that it is there.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { rawFromText } from '../../src/base/raw-path.ts';
import { silenceMs } from '../../src/engine/link/channel.ts';
import type { ChangeOperation } from '../../src/model/stream/operation.ts';
import { loadOrCreateIdentity } from '../../src/platform/identity/identity.ts';
import { TrustStore } from '../../src/platform/identity/trust-store.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import { systemRandom } from '../../src/platform/kernel/system-random.ts';
import { TlsNetwork } from '../../src/platform/network/tls-network.ts';
import { Stage } from '../support/serve-process.ts';
import { at, frameOf, HostileSource } from '../system/hostile-source.ts';

const operationCount = 20_000;

it('20,000 operations in one frame do not keep a target from its heartbeats', async ({ annotate }) => {
  const stage = Stage.open();
  const target = await stage.server('beta', { targets: { allowedRoots: [stage.makeFolder('replicas')] } });
  const alpha = await stage.server('alpha');
  await alpha.pair(target);
  await alpha.terminate();
  const clock = new SystemClock();
  const network = new TlsNetwork({
    identity: await loadOrCreateIdentity(alpha.home, 'alpha', { clock, random: systemRandom }),
    trust: new TrustStore(alpha.home),
    clock,
  });
  const roots = [{ source: '/anywhere', replica: rawFromText(stage.path('replicas', 'sales')) }];
  const source = await HostileSource.greet(network, roots, 'a stream');
  const attributes = { mode: 0o644, userId: 0, groupId: 0, modifiedNs: 0n, extended: [] };
  const operations = Array.from({ length: operationCount }, (_, number): ChangeOperation => {
    const content = Buffer.from(`content of file ${number}`);
    return { kind: 'file', ...at(`file ${number}`), size: content.length, content, attributes };
  });

  let longestMs = 0;
  let heardMs = performance.now();
  let count = source.frames.length;
  const startedMs = heardMs;
  let isOver = false;
  const applied = source.apply(operations).finally(() => {
    isOver = true;
  });
  applied.catch(() => undefined);
  let beatMs = 0;
  while (!isOver) {
    await sleep(5);
    const nowMs = performance.now();
    // The target, too, wants to know that its peer is there.
    if (nowMs - beatMs > 500) {
      source.send(frameOf('heartbeat', Buffer.alloc(0)));
      beatMs = nowMs;
    }
    if (source.heardCount > count) heardMs = nowMs;
    count = source.heardCount;
    longestMs = Math.max(longestMs, nowMs - heardMs);
  }
  await applied;
  await annotate(
    `applied in ${((performance.now() - startedMs) / 1000).toFixed(1)} s, never silent for more than ${(longestMs / 1000).toFixed(1)} s`,
  );
  expect(source.closedReason).toBeUndefined();
  expect(longestMs).toBeLessThan(silenceMs);
  source.close();
});

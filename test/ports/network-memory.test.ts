// The network port between the servers of one process, and the faults it can be told to have.
import { describe, expect, test } from 'vitest';
import type { Link } from '../../src/ports/network.ts';
import { MemoryNetwork } from '../../src/simulator/memory/memory-network.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { networkSuite } from './network-suite.ts';

networkSuite('in memory', async () => {
  const network = new MemoryNetwork();
  const alpha = network.server('alpha');
  const beta = network.server('beta');
  const gamma = network.server('gamma');
  network.distrust('alpha', 'gamma');
  network.distrust('beta', 'gamma');
  return {
    alpha,
    beta,
    gamma,
    fingerprints: { alpha: network.fingerprint('alpha'), beta: network.fingerprint('beta') },
    stop: async () => undefined,
  };
});

describe('the faults of the network in memory', () => {
  /** Alpha linked to beta, a tenth of a second away, with what each end hears. */
  async function linked() {
    const clock = new ManualClock();
    const network = new MemoryNetwork({ clock, latencyMs: 100 });
    const heard: string[] = [];
    const listenTo = (who: string, link: Link): void =>
      link.listen({
        data: (bytes) => heard.push(`${who}: ${bytes.toString()}`),
        closed: (reason) => heard.push(`${who} closed: ${reason}`),
      });
    let answered: Link | undefined;
    await network.server('beta').listen(
      (link) => {
        answered = link;
        listenTo('beta', link);
      },
      () => undefined,
    );
    const connecting = network.server('alpha').connect('beta');
    await clock.advance(100);
    const dialled = await connecting;
    listenTo('alpha', dialled);
    if (answered === undefined) throw new Error('no link arrived');
    const reconnect = async (): Promise<Link> => {
      const attempt = network.server('alpha').connect('beta');
      attempt.catch(() => undefined);
      await clock.advance(100);
      return attempt;
    };
    return { clock, network, heard, dialled, answered, reconnect };
  }

  test('what is sent takes its time', async () => {
    const { clock, heard, dialled } = await linked();
    dialled.send(Buffer.from('one'));
    await clock.advance(99);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual(['beta: one']);
  });

  test('a cut loses what is on its way and tells both ends', async () => {
    const { clock, network, heard, dialled, reconnect } = await linked();
    dialled.send(Buffer.from('one'));
    network.cut('beta', 'alpha');
    await clock.advance(1_000);
    expect(heard.toSorted()).toEqual(['alpha closed: the connection was lost', 'beta closed: the connection was lost']);
    expect((await reconnect()).peer.name).toBe('beta');
  });

  test('what is held arrives in order after the hold, new links time out meanwhile', async () => {
    const { clock, network, heard, dialled, answered, reconnect } = await linked();
    dialled.send(Buffer.from('one'));
    network.hold('alpha', 'beta');
    dialled.send(Buffer.from('two'));
    answered.send(Buffer.from('back'));
    await clock.advance(3_600_000);
    expect(heard).toEqual([]);
    await expect(reconnect()).rejects.toMatchObject({ code: 'LINK-TIMEOUT', retryable: true });
    network.heal('alpha', 'beta');
    dialled.send(Buffer.from('three'));
    await clock.advance(100);
    expect(heard.filter((line) => line.startsWith('beta'))).toEqual(['beta: one', 'beta: two', 'beta: three']);
    expect(heard).toContain('alpha: back');
  });

  test('a refusal concerns new links alone', async () => {
    const { clock, network, heard, dialled, reconnect } = await linked();
    network.refuse('alpha', 'beta');
    await expect(reconnect()).rejects.toMatchObject({ code: 'LINK-REFUSED', retryable: true });
    dialled.send(Buffer.from('one'));
    await clock.advance(100);
    expect(heard).toEqual(['beta: one']);
    network.heal('alpha', 'beta');
    expect((await reconnect()).peer.name).toBe('beta');
  });

  test('a crashed server hears nothing; the other loses its links and cannot make new ones', async () => {
    const { clock, network, heard, dialled, reconnect } = await linked();
    dialled.send(Buffer.from('one'));
    network.crash('beta');
    await clock.advance(1_000);
    expect(heard).toEqual(['alpha closed: the connection was lost']);
    await expect(reconnect()).rejects.toMatchObject({ code: 'LINK-REFUSED' });
  });
});

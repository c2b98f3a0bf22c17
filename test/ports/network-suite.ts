// What every adapter of the network port must do; run against the real one and the simulated one.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Link, Network } from '../../src/ports/network.ts';

/** Three servers. Alpha and beta trust each other and neither trusts gamma; only beta is made to listen. */
export interface NetworkUnderTest {
  readonly alpha: Network;
  readonly beta: Network;
  /** Trusts beta, but beta does not trust it. */
  readonly gamma: Network;
  /** Fingerprints by server name. */
  readonly fingerprints: Readonly<Record<'alpha' | 'beta', string>>;
  stop(): Promise<void>;
}

/** Everything that happened to one end of a link. */
class Recorder {
  readonly chunks: Buffer[] = [];
  readonly closings: string[] = [];
  #waiters: (() => void)[] = [];

  constructor(link: Link) {
    link.listen({
      data: (bytes) => {
        expect(this.closings).toEqual([]);
        this.chunks.push(bytes);
        this.#wake();
      },
      closed: (reason) => {
        this.closings.push(reason);
        this.#wake();
      },
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

export function networkSuite(name: string, setUp: () => Promise<NetworkUnderTest>): void {
  describe(`the network port: ${name}`, () => {
    let network: NetworkUnderTest;
    let stopListening: () => Promise<void>;
    let refusals: { address: string; reason: string }[];
    let arrivals: Link[];
    let arrived: () => void;

    beforeEach(async () => {
      network = await setUp();
      refusals = [];
      arrivals = [];
      arrived = () => undefined;
      stopListening = await network.beta.listen(
        (link) => {
          arrivals.push(link);
          arrived();
        },
        (address, reason) => {
          refusals.push({ address, reason });
          arrived();
        },
      );
    });
    afterEach(async () => {
      await stopListening();
      await network.stop();
    });

    async function untilArrived(condition: () => boolean): Promise<void> {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    }

    async function linked(): Promise<{ dialled: Link; answered: Link }> {
      const dialled = await network.alpha.connect('beta');
      await untilArrived(() => arrivals.length > 0);
      const [answered] = arrivals;
      if (answered === undefined) throw new Error('no link arrived');
      return { dialled, answered };
    }

    test('each end knows who the other is', async () => {
      const { dialled, answered } = await linked();
      expect(dialled.peer).toMatchObject({ name: 'beta', fingerprint: network.fingerprints.beta });
      expect(answered.peer).toMatchObject({ name: 'alpha', fingerprint: network.fingerprints.alpha });
    });

    test('bytes arrive in order and unchanged, both ways', async () => {
      const { dialled, answered } = await linked();
      const near = new Recorder(dialled);
      const far = new Recorder(answered);
      const there: Buffer[] = [];
      const back: Buffer[] = [];
      for (let index = 0; index < 200; index += 1) {
        there.push(Buffer.alloc(1 + ((index * 37) % 5_000), index));
        back.push(Buffer.alloc(1 + ((index * 91) % 3_000), 255 - index));
      }
      for (const bytes of there) dialled.send(bytes);
      for (const bytes of back) answered.send(bytes);
      await far.until(() => far.bytes.length >= Buffer.concat(there).length);
      await near.until(() => near.bytes.length >= Buffer.concat(back).length);
      expect(far.bytes.equals(Buffer.concat(there))).toBe(true);
      expect(near.bytes.equals(Buffer.concat(back))).toBe(true);
    });

    test('what was sent before the other end listens is kept for it', async () => {
      const { dialled, answered } = await linked();
      dialled.send(Buffer.from('early'));
      await new Promise((resolve) => setImmediate(resolve));
      const far = new Recorder(answered);
      await far.until(() => far.bytes.length === 5);
      expect(far.bytes.toString()).toBe('early');
    });

    test('tells the sender to wait, and when to go on', async () => {
      const { dialled, answered } = await linked();
      const far = new Recorder(answered);
      const piece = Buffer.alloc(256 * 1024, 7);
      let pieces = 0;
      let more = true;
      while (more && pieces < 1_000) {
        more = dialled.send(piece);
        pieces += 1;
      }
      expect(more).toBe(false);
      await dialled.drained();
      dialled.send(Buffer.from('the end'));
      const total = pieces * piece.length + 7;
      await far.until(() => far.bytes.length >= total);
      expect(far.bytes.subarray(-7).toString()).toBe('the end');
    });

    test('nobody waits for a link that is closed', async () => {
      const { dialled } = await linked();
      for (let pieces = 0; pieces < 1_000 && dialled.send(Buffer.alloc(256 * 1024)); pieces += 1);
      const waiting = dialled.drained();
      dialled.close('enough');
      await waiting;
      await dialled.drained();
      expect(dialled.send(Buffer.from('too late'))).toBe(true);
    });

    test.each(['dialled', 'answered'] as const)(
      'closing by the end that %s is reported once to both',
      async (closing) => {
        const links = await linked();
        const near = new Recorder(links.dialled);
        const far = new Recorder(links.answered);
        const [closer, other] = closing === 'dialled' ? [near, far] : [far, near];
        links[closing].send(Buffer.from('last words'));
        links[closing].close('the job was stopped');
        expect(closer.closings).toEqual([]);
        links[closing].close('a second time');
        await closer.until(() => closer.closings.length > 0);
        await other.until(() => other.closings.length > 0);
        expect(other.bytes.toString()).toBe('last words');
        for (const link of [links.dialled, links.answered]) link.close('again');
        await new Promise((resolve) => setImmediate(resolve));
        expect(closer.closings).toEqual(['the job was stopped']);
        expect(other.closings).toEqual(['the other end closed the link']);
      },
    );

    test('a link that closed before anybody listened says so to who listens', async () => {
      const { dialled } = await linked();
      dialled.close('never mind');
      const near = new Recorder(dialled);
      await near.until(() => near.closings.length > 0);
      expect(near.closings).toEqual(['never mind']);
    });

    test('several links between the same two servers are apart', async () => {
      const { dialled, answered } = await linked();
      const second = await network.alpha.connect('beta');
      await untilArrived(() => arrivals.length === 2);
      const [, answeredToo] = arrivals;
      if (answeredToo === undefined) throw new Error('no second link arrived');
      const far = new Recorder(answered);
      const farToo = new Recorder(answeredToo);
      dialled.send(Buffer.from('one'));
      second.send(Buffer.from('two'));
      await far.until(() => far.bytes.length === 3);
      await farToo.until(() => farToo.bytes.length === 3);
      second.close('done');
      await farToo.until(() => farToo.closings.length > 0);
      expect([far.bytes.toString(), farToo.bytes.toString(), far.closings.length]).toEqual(['one', 'two', 0]);
    });

    test('a server that is not trusted here yields no link', async () => {
      await expect(network.alpha.connect('gamma')).rejects.toMatchObject({
        code: 'PEER-NOT-TRUSTED',
        subject: 'gamma',
        retryable: false,
        hint: expect.stringContaining('understudy pair'),
      });
    });

    test('a server that does not trust this one yields no link, and reports who came', async () => {
      await expect(network.gamma.connect('beta')).rejects.toMatchObject({
        code: 'PEER-NOT-TRUSTED',
        reason: expect.stringContaining('does not trust'),
      });
      await untilArrived(() => refusals.length > 0);
      expect(refusals).toEqual([{ address: expect.any(String), reason: expect.stringContaining('not trusted') }]);
      expect(arrivals).toEqual([]);
    });

    test('a server that is not running refuses, and may be tried again', async () => {
      await expect(network.beta.connect('alpha')).rejects.toMatchObject({ code: 'LINK-REFUSED', retryable: true });
    });

    test('after the end of listening new links are refused and the old ones stay', async () => {
      const { dialled, answered } = await linked();
      const far = new Recorder(answered);
      await stopListening();
      await expect(network.alpha.connect('beta')).rejects.toMatchObject({ code: 'LINK-REFUSED' });
      dialled.send(Buffer.from('still here'));
      await far.until(() => far.bytes.length === 10);
      expect(far.closings).toEqual([]);
    });
  });
}

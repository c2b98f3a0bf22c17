// What every adapter of the witness port must do; run against etcd and against the one in memory.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Leases } from '../../src/ports/lease.ts';

export interface WitnessUnderTest {
  /** Two servers that ask the same witness. */
  readonly alpha: Leases;
  readonly beta: Leases;
  /** Resolves when so much time has passed. */
  pass(ms: number): Promise<void>;
  /** From now on the witness does not answer. */
  goDown(): Promise<void>;
  stop(): Promise<void>;
}

const byAlpha = { holder: 'alpha', forGood: false };
const byBeta = { holder: 'beta', forGood: true };

export function leaseSuite(name: string, setUp: () => Promise<WitnessUnderTest>): void {
  describe(`the witness port: ${name}`, () => {
    let witness: WitnessUnderTest;
    let names = 0;
    const fresh = (): string => {
      names += 1;
      return `job ${names}`;
    };
    beforeAll(async () => {
      witness = await setUp();
    }, 30_000);
    afterAll(() => witness.stop());

    test('a free name is taken by the first, and the other is told who has it', async () => {
      const { alpha, beta } = witness;
      const job = fresh();
      expect(await alpha.holderOf(job)).toBeUndefined();
      expect(await alpha.hold(job, 'alpha')).toEqual(byAlpha);
      expect(await beta.hold(job, 'beta')).toEqual(byAlpha);
      expect(await beta.claim(job, 'beta')).toEqual(byAlpha);
      expect(await beta.holderOf(job)).toEqual(byAlpha);
    });

    test('of many who ask at once, one gets it', async () => {
      const job = fresh();
      const asked = Array.from({ length: 10 }, (_, index) => witness.alpha.hold(job, `server ${index}`));
      const holders = new Set((await Promise.all(asked)).map(({ holder }) => holder));
      expect(holders.size).toBe(1);
      expect(await witness.beta.holderOf(job)).toEqual({ holder: [...holders][0], forGood: false });
    });

    test('a lease that is kept alive lasts, and one that is not ends by itself, not before its time', async () => {
      const { alpha, beta, pass } = witness;
      const job = fresh();
      await alpha.hold(job, 'alpha');
      for (let round = 0; round < 3; round += 1) {
        await pass(alpha.timeToLiveMs * 0.7);
        expect(await alpha.hold(job, 'alpha')).toEqual(byAlpha);
      }
      await pass(alpha.timeToLiveMs * 0.7);
      expect(await beta.claim(job, 'beta')).toEqual(byAlpha);
      await pass(alpha.timeToLiveMs * 1.5);
      expect(await beta.holderOf(job)).toBeUndefined();
      expect(await beta.claim(job, 'beta')).toEqual(byBeta);
      expect(await alpha.hold(job, 'alpha')).toEqual(byBeta);
    });

    test('what is claimed is kept for good, and claimed twice it is claimed once', async () => {
      const { alpha, beta, pass } = witness;
      const job = fresh();
      expect(await beta.claim(job, 'beta')).toEqual(byBeta);
      expect(await beta.claim(job, 'beta')).toEqual(byBeta);
      await pass(alpha.timeToLiveMs * 2);
      expect(await alpha.hold(job, 'alpha')).toEqual(byBeta);
      expect(await beta.hold(job, 'beta')).toEqual(byBeta);
    });

    test('a claim may stand in the place of a lease that it names, and of no other', async () => {
      const { alpha, beta, pass } = witness;
      const job = fresh();
      await alpha.hold(job, 'alpha');
      expect(await beta.claim(job, 'beta', 'gamma')).toEqual(byAlpha);
      expect(await beta.claim(job, 'beta', 'alpha')).toEqual(byBeta);
      expect(await alpha.hold(job, 'alpha')).toEqual(byBeta);
      // The end of the lease that was there before does not end the claim.
      await pass(alpha.timeToLiveMs * 1.5);
      expect(await alpha.holderOf(job)).toEqual(byBeta);
    });

    test('only its holder releases a name', async () => {
      const { alpha, beta } = witness;
      const job = fresh();
      await alpha.hold(job, 'alpha');
      await beta.release(job, 'beta');
      expect(await beta.holderOf(job)).toEqual(byAlpha);
      await alpha.release(job, 'alpha');
      expect(await beta.claim(job, 'beta')).toEqual(byBeta);
      await beta.release(job, 'beta');
      await beta.release(job, 'beta');
      expect(await alpha.hold(job, 'alpha')).toEqual(byAlpha);
    });

    test('a witness that is down answers nothing, and says that it may be asked again', async () => {
      const { alpha, beta, goDown } = witness;
      await goDown();
      const failure = { code: 'WITNESS-UNREACHABLE', retryable: true };
      await expect(alpha.hold(fresh(), 'alpha')).rejects.toMatchObject(failure);
      await expect(beta.claim(fresh(), 'beta')).rejects.toMatchObject(failure);
      await expect(beta.holderOf(fresh())).rejects.toMatchObject(failure);
      await expect(beta.release(fresh(), 'beta')).rejects.toMatchObject(failure);
    });
  });
}

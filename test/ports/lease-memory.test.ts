import { expect, test } from 'vitest';
import { MemoryWitness } from '../../src/simulator/memory/network/memory-leases.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { leaseSuite } from './lease-suite.ts';

leaseSuite('in memory', async () => {
  const clock = new ManualClock();
  const witness = new MemoryWitness(clock, 5000);
  return {
    alpha: witness.server('alpha'),
    beta: witness.server('beta'),
    pass: (ms) => clock.advance(ms),
    goDown: async () => {
      witness.cut('alpha');
      witness.cut('beta');
    },
    stop: async () => undefined,
  };
});

test('a request whose answer is lost was done, and done again it is done once', async () => {
  const witness = new MemoryWitness(new ManualClock(), 5000);
  witness.loseAnswers('alpha');
  await expect(witness.server('alpha').hold('job', 'alpha')).rejects.toMatchObject({ code: 'WITNESS-UNREACHABLE' });
  expect(await witness.server('beta').holderOf('job')).toEqual({ holder: 'alpha', forGood: false });
  witness.heal('alpha');
  expect(await witness.server('alpha').hold('job', 'alpha')).toEqual({ holder: 'alpha', forGood: false });
});

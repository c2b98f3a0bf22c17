// A program of a script runs as the account that the machine was given, under a name of its own.
import { expect, it } from 'vitest';
import { PortedMachine } from '../../src/runtime/machine/own-machine.ts';
import { MemoryFiles } from '../../src/simulator/memory/memory-files.ts';
import { MemoryPrograms } from '../../src/simulator/memory/memory-programs.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';

it('starts programs as the account of the machine, each with a label of its own', async () => {
  const programs = new MemoryPrograms();
  const parts = {
    files: new MemoryFiles(),
    environment: { TOKEN: 'x' },
    programs,
    nameLookup: { lookUp: async () => [] },
  };
  const more = { clock: new ManualClock(), random: new SeededRandom(1), account: 'backup' };
  const allowance = { read: [], environment: [], programs: ['/usr/bin/df'], by: 'server' } as const;
  const machine = new PortedMachine({ allowance, ...parts, ...more });
  for (const word of ['-h', '-i']) await machine.start({ program: '/usr/bin/df', arguments: [word] });
  const requests = programs.started.map(({ request }) => request);
  expect(requests.map(({ account, environment }) => [account, environment])).toEqual([
    ['backup', undefined],
    ['backup', undefined],
  ]);
  expect(new Set(requests.map(({ label }) => label)).size).toBe(2);
});

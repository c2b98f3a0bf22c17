import { expect, it } from 'vitest';
import { MemoryPrograms } from '../../src/simulator/memory/memory-programs.ts';
import { describePrograms } from './programs-conformance.ts';

describePrograms('on paper', async () => {
  const programs = new MemoryPrograms();
  programs.refuse('/missing', 'PROGRAM-MISSING');
  programs.refuse('/not-executable', 'PROGRAM-NOT-EXECUTABLE');
  programs.onStart = (program) => {
    const { program: name, arguments: words } = program.request;
    if (name === '/echo') program.end({ output: words.map((word) => `${word}\n`).join('') });
    if (name === '/copying') program.end({ output: program.request.input ?? '', error: 'warning' });
    if (name === '/failing') program.end({ exitCode: 3 });
  };
  return {
    programs,
    echo: '/echo',
    copying: '/copying',
    failing: '/failing',
    endless: '/endless',
    missing: '/missing',
    notExecutable: '/not-executable',
  };
});

it('remembers programs on paper in the order in which they were started', async () => {
  const programs = new MemoryPrograms();
  await programs.start({ program: '/a', arguments: ['1'] });
  await programs.start({ program: '/b', arguments: [], account: 'backup' });
  expect(programs.started.map((one) => one.request.program)).toEqual(['/a', '/b']);
  programs.started[1]?.end({ output: 'done' });
  expect(await programs.started[1]?.ended).toEqual({ exitCode: 0, signal: null, output: 'done' });
});

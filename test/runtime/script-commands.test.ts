// SCRIPT ADD, DELETE and LIST, on the servers of a connection.
import { expect, it } from 'vitest';
import { ExampleHome } from '../support/example-home.ts';

async function prepared(...texts: readonly string[]): Promise<ExampleHome> {
  const home = await ExampleHome.open();
  for (const text of texts) expect(await home.run(text), text).toMatchObject({ kind: 'completed' });
  return home;
}

async function failure(home: ExampleHome, text: string): Promise<unknown> {
  await home.run(`try\n  ${text}\n  write "no error"\non error $e\n  write $e.code, " ", $e.message\nend`);
  return home.output.at(-1);
}

it('adds a program for each point that is named, with its arguments and how long it is waited for', async () => {
  const home = await prepared(
    'script add 1 alpha on beta mirrorstart = "/bin/begin" mirrorstop = "/bin/halt" args = "-x  y" timeout = 30 ontimeout kill',
    'script add 1 on alpha mirrorcomplete = "/bin/thaw" nodelay interact',
    'script add 1 on beta mirrorcomplete = "/bin/done"',
  );
  const [{ jobId = '' } = {}] = await home.cluster.alpha.jobs.list();
  const run = { arguments: ['-x', 'y'], timeoutMs: 30_000, onTimeout: 'kill' };
  expect(await home.cluster.beta.scripts.list(jobId)).toMatchObject([
    { point: 'mirrorstart', program: '/bin/begin', ...run },
    { point: 'mirrorstop', program: '/bin/halt', ...run },
    { point: 'mirrorcomplete', program: '/bin/done', arguments: [], timeoutMs: 600_000 },
  ]);
  expect(await home.cluster.alpha.scripts.list(jobId)).toMatchObject([{ program: '/bin/thaw', timeoutMs: 0 }]);
  expect(home.output).toContain('INTERACT is ignored: a script has no desktop here');
});

it('lists them with how they last ran, and deletes those of a point or a server', async () => {
  const home = await prepared(
    'script add 1 on beta mirrorstart = "/bin/begin" args = "a b"',
    'script add 1 on beta mirrorcomplete = "/bin/done"',
    'script add 1 on alpha mirrorstop = "/bin/halt" nodelay',
  );
  home.cluster.machines.beta.programs.onStart = (one) => one.end({ exitCode: 7 });
  const text = 'mirror start 1\nwait for mirror 1';
  expect(await home.run(text)).toMatchObject({ kind: 'completed' });
  home.output.length = 0;
  await home.run('script list 1');
  expect(home.output).toEqual([
    'Server  Point           Program     Arguments  Waits  Last         Exit  Reason',
    'alpha   MIRRORSTOP      /bin/halt              no     not run yet',
    'beta    MIRRORSTART     /bin/begin  a b        600 s  failed       7     exit code 7',
    'beta    MIRRORCOMPLETE  /bin/done              600 s  failed       7     exit code 7',
  ]);
  await home.run('status job 1');
  expect(home.output.join('\n')).toMatch(/Script: +MIRRORSTART on beta: \/bin\/begin, failed with exit code 7/);
  await home.run('script delete 1 on beta mirrorstart');
  await home.run('script delete 1 on alpha');
  home.output.length = 0;
  await home.run('$left = script list 1\nwrite length($left), " ", $left[0].program, " ", $left[0].delay');
  expect(home.output.at(-1)).toBe('1 /bin/done true');
});

it('refuses what fits the connection not, with -101', async () => {
  const home = await prepared();
  expect(await failure(home, 'script add 1 beta on beta mirrorstart = "/bin/a"')).toBe(
    '-101 the source of connection 1 is alpha, not beta (-101)',
  );
  expect(await failure(home, 'script add 1 on beta mirrorstart = "a"')).toBe(
    '-101 the program a is no absolute path (-101)',
  );
  expect(await failure(home, 'script add 1 on beta mirrorstart = "/bin/a" nodelay timeout = 5')).toBe(
    '-101 NODELAY waits for nothing, so it has no TIMEOUT (-101)',
  );
  expect(await failure(home, 'script add 77 on beta mirrorstart = "/bin/a"')).toContain('-101');
});

it('says which server cannot be asked, and lists what the other one has', async () => {
  const home = await prepared('script add 1 on alpha mirrorstop = "/bin/halt"');
  home.unreachable.add('beta');
  home.output.length = 0;
  await home.run('script list 1');
  expect(home.output.join('\n')).toContain('nothing listens there');
  expect(home.output.join('\n')).toContain('/bin/halt');
});

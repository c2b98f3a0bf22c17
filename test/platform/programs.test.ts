// What only programs of the system can show: accounts, groups, processes, descriptors.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemPrograms } from '../../src/platform/processes/programs.ts';
import type { ProgramEnd } from '../../src/ports/programs.ts';
import { isRoot } from '../ports/small-file-system.ts';

const programs = new SystemPrograms();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-programs-'));
  chmodSync(folder, 0o755);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(text: string, mode = 0o755): string {
  const file = join(folder, 'script');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, mode);
  return file;
}

async function run(text: string, account?: string, environment?: Record<string, string>): Promise<ProgramEnd> {
  const program = script(text);
  const request = { program, arguments: [], ...(account && { account }), ...(environment && { environment }) };
  return (await programs.start(request)).ended;
}

describe('a program of the system', () => {
  it('has a small environment, no input, no terminal, and the root as its folder', async () => {
    process.env.UNDERSTUDY_SECRET = 'must not be seen';
    const { output } = await run('env | sort; pwd; cat; tty', undefined, { UNDERSTUDY_TASK: 'stamp' });
    delete process.env.UNDERSTUDY_SECRET;
    const names = output.split('\n').map((line) => line.split('=')[0]);
    expect(names).toEqual(['HOME', 'LANG', 'PATH', 'PWD', 'UNDERSTUDY_TASK', 'USER', '/', 'not a tty', '']);
  });

  it('gets no descriptor of ours but its own three', async () => {
    expect((await run('ls /proc/$$/fd')).output.split('\n').filter((name) => Number(name) < 10)).toEqual([
      ...['0', '1', '2', ''],
    ]);
  });

  it('gets no descriptor that was handed to this process by whoever started it', () => {
    const module = new URL('../../src/platform/processes/programs.ts', import.meta.url).href;
    const list = `
      const { SystemPrograms } = await import(${JSON.stringify(module)});
      const running = await new SystemPrograms().start({ program: '/usr/bin/ls', arguments: ['/proc/self/fd'] });
      console.log((await running.ended).output);
    `;
    const stdio = ['ignore', 'pipe', 'inherit', 'pipe', 'pipe', 'pipe'] as const;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', list], {
      stdio: [...stdio],
      encoding: 'utf8',
    });
    // The fourth is that of the folder that ls itself reads.
    expect(stdout.trim().split('\n')).toEqual(['0', '1', '2', '3']);
  });

  it('ends with the process that started it, and what it has started is found by its label', async () => {
    const module = new URL('../../src/platform/processes/programs.ts', import.meta.url).href;
    const label = `test-${process.pid}.onexecute`;
    const program = script('sleep 1000 & echo $$ $! > "$0.new"; mv "$0.new" "$0.noted"; wait');
    const start = `
      const { SystemPrograms } = await import(${JSON.stringify(module)});
      await new SystemPrograms().start({ program: ${JSON.stringify(program)}, arguments: [], label: '${label}' });
    `;
    const server = spawn(process.execPath, ['--input-type=module', '--eval', start], { stdio: 'ignore' });
    try {
      await expect.poll(() => existsSync(`${program}.noted`)).toBe(true);
      const [leader = 0, child = 0] = readFileSync(`${program}.noted`, 'utf8').trim().split(' ').map(Number);
      server.kill('SIGKILL');
      await expect.poll(() => isRunning(leader)).toBe(false);
      expect(isRunning(child)).toBe(true);
      expect(await programs.endLeft(`${label}-of-another`)).toBe(0);
      expect(isRunning(child)).toBe(true);
      expect(await programs.endLeft(label)).toBe(1);
      await expect.poll(() => isRunning(child)).toBe(false);
    } finally {
      server.kill('SIGKILL');
      await programs.endLeft(label);
    }
  });

  it('is heard for 4 KiB, and the rest does not hold it up', async () => {
    const { output, exitCode } = await run('head -c 5000000 /dev/zero | tr "\\0" x; echo error >&2');
    expect(exitCode).toBe(0);
    expect(output).toBe('x'.repeat(4096));
    const both = await run('echo one; echo two >&2');
    expect(both.output.split('\n').sort()).toEqual(['', 'one', 'two']);
  });

  it('is over when it ends, whatever it left running', async () => {
    const { output } = await run('sleep 1000 & echo $!');
    process.kill(Number(output));
  });

  it('is killed with everything it started', async () => {
    const noted = join(folder, 'child');
    const running = await programs.start({
      program: script(`sleep 1000 & echo $! > ${noted}.new; mv ${noted}.new ${noted}; wait`),
      arguments: [],
    });
    await expect.poll(() => existsSync(noted)).toBe(true);
    const child = Number(readFileSync(noted, 'utf8'));
    running.kill();
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' });
    await expect.poll(() => isRunning(child)).toBe(false);
  });

  it('is killed with what has made itself a session of its own, when it has a label', async () => {
    const noted = join(folder, 'child');
    const label = `test-${process.pid}.timeout`;
    const running = await programs.start({
      program: script(`setsid sleep 1000 & echo $! > ${noted}.new; mv ${noted}.new ${noted}; wait`),
      arguments: [],
      label,
    });
    try {
      await expect.poll(() => existsSync(noted)).toBe(true);
      const child = Number(readFileSync(noted, 'utf8'));
      // The shell's child has left the group by the time it has become sleep.
      await expect.poll(() => readFileSync(`/proc/${child}/comm`, 'utf8').trim()).toBe('sleep');
      running.kill();
      expect(await running.ended).toMatchObject({ signal: 'SIGKILL' });
      await expect.poll(() => isRunning(child)).toBe(false);
    } finally {
      await programs.endLeft(label);
    }
  });

  it('is refused clearly when its interpreter is missing, or it is a folder', async () => {
    const program = join(folder, 'strange');
    writeFileSync(program, '#!/no/such/interpreter\n', { mode: 0o755 });
    const refusal = { code: 'PROGRAM-NOT-EXECUTABLE', subject: program };
    await expect(programs.start({ program, arguments: [] })).rejects.toMatchObject(refusal);
    await expect(programs.start({ program: folder, arguments: [] })).rejects.toMatchObject({
      code: 'PROGRAM-NOT-EXECUTABLE',
    });
    await expect(programs.start({ program: `${program}/x`, arguments: [] })).rejects.toMatchObject({
      code: 'PROGRAM-MISSING',
    });
  });

  it('is refused for an account that is not there', async () => {
    const attempt = run('true', 'nobody-of-this-name');
    await expect(attempt).rejects.toMatchObject({ code: 'ACCOUNT-UNKNOWN' });
  });

  it('takes no name into its environment that would steer the linker', async () => {
    await expect(run('true', undefined, { LD_PRELOAD: '/x.so' })).rejects.toThrow('not a name for the environment');
  });
});

/** Gone, or dead and not yet collected by its new parent. */
function isRunning(processId: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${processId}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe.runIf(isRoot)('a program of another account', () => {
  const account = `us-test-${process.pid}`;
  const groups = [`${account}-a`, `${account}-b`];

  beforeAll(() => {
    for (const group of groups) execFileSync('groupadd', [group]);
    execFileSync('useradd', ['--no-create-home', '--user-group', '--groups', groups.join(','), account]);
  });

  afterAll(() => {
    spawnSync('userdel', [account]);
    for (const group of groups) spawnSync('groupdel', [group]);
  });

  it('has exactly the user and the groups of that account', async () => {
    const { output } = await run(
      'id -un; id -gn; id -Gn; id -ru; echo $USER $HOME; grep Cap /proc/self/status',
      account,
    );
    const [user, group, all, realUser, names, ...capabilities] = output.trim().split('\n');
    expect([user, group]).toEqual([account, account]);
    expect(all?.split(' ').sort()).toEqual([account, ...groups]);
    expect(realUser).toBe(execFileSync('id', ['-u', account], { encoding: 'utf8' }).trim());
    expect(names).toBe(`${account} /home/${account}`);
    const held = capabilities.filter((line) => !line.startsWith('CapBnd'));
    expect(held).toHaveLength(4);
    for (const line of held) expect(line).toMatch(/:\t0+$/);
  });

  it('ends with the process that started it', async () => {
    const module = new URL('../../src/platform/processes/programs.ts', import.meta.url).href;
    const start = `
      const { SystemPrograms } = await import(${JSON.stringify(module)});
      const request = { program: '/usr/bin/sleep', arguments: ['1000'], account: ${JSON.stringify(account)} };
      console.log((await new SystemPrograms().start(request)).processId);
    `;
    const server = spawn(process.execPath, ['--input-type=module', '--eval', start]);
    const said = await new Promise<string>((resolve) => server.stdout.once('data', (data) => resolve(String(data))));
    try {
      // From then on the kernel knows: setpriv has asked it before it becomes the program.
      await expect.poll(() => readFileSync(`/proc/${Number(said)}/comm`, 'utf8').trim()).toBe('sleep');
      server.kill('SIGKILL');
      await expect.poll(() => isRunning(Number(said))).toBe(false);
    } finally {
      server.kill('SIGKILL');
      // An account cannot be removed while something runs under it.
      if (isRunning(Number(said))) process.kill(Number(said), 'SIGKILL');
    }
  });

  it('is killed like one of ours', async () => {
    const running = await programs.start({ program: '/usr/bin/sleep', arguments: ['1000'], account });
    running.kill();
    expect(await running.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  it('is refused when that account may not execute it', async () => {
    const program = script('true', 0o700);
    await expect(programs.start({ program, arguments: [], account })).rejects.toMatchObject({
      code: 'PROGRAM-NOT-EXECUTABLE',
      reason: `the account ${account} may not execute it`,
    });
  });

  it('is refused when this process may not become that account', async () => {
    const module = new URL('../../src/platform/processes/programs.ts', import.meta.url).href;
    const attempt = `
      const { SystemPrograms } = await import(${JSON.stringify(module)});
      const request = { program: '/usr/bin/id', arguments: [], account: ${JSON.stringify(account)} };
      await new SystemPrograms().start(request).then(() => console.log('started'), (error) => console.log(error.code));
    `;
    const node = [process.execPath, '--input-type=module', '--eval', attempt];
    const answer = spawnSync('setpriv', ['--bounding-set=-setuid,-setgid', '--', ...node], { encoding: 'utf8' });
    expect(answer.stdout.trim()).toBe('ACCOUNT-NOT-PERMITTED');
  });
});

// Who a program in the stream runs as, and which programs run at all: decided by the server that runs it.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot } from '../ports/small-file-system.ts';
import { requireProgram } from '../support/packages.ts';
import { Pair, type ServerSettings, Stage } from '../support/serve-process.ts';

const account = `understudy-${process.pid}`;
const groups = [`${account}-a`, `${account}-b`];

/** Queues the programs at ONEXECUTE, one task each, waits until all are through, and prints what became of each. */
function queueing(...programs: readonly string[]): string {
  const queue = programs.map(
    (program, index) => `$task${index} = queuetask "task ${index}" to beta onexecute = ${program} timeout 1 minute`,
  );
  const wait = programs.map((_, index) => [
    `while $task${index}.onexecute.state = "queued" or $task${index}.onexecute.state = "running" do`,
    '  wait 50ms',
    'end',
    `task status $task${index}`,
    `write $task${index}.onexecute.output`,
  ]);
  // What became of the tasks is looked at here; the run would fail with them otherwise.
  return ['wait for mirror $con timeout 1 minute', ...queue, ...wait.flat(), 'exit 0'].join('\n');
}

async function tasksOn(target: ServerSettings, ...programs: readonly string[]): Promise<{ pair: Pair; out: string }> {
  const pair = await Pair.open(Stage.open(), { target });
  const { out } = await pair.connect(queueing(...programs));
  return { pair, out };
}

describe.runIf(isRoot && requireProgram('useradd', 'groupadd'))('programs under another account', () => {
  beforeAll(() => {
    for (const group of groups) execFileSync('groupadd', [group]);
    execFileSync('useradd', ['--no-create-home', '--groups', groups.join(','), account]);
  });

  afterAll(() => {
    for (const [program, name] of [
      ['userdel', account],
      ...groups.map((group) => ['groupdel', group] as const),
    ] as const) {
      execFileSync(program, [name]);
    }
  });

  it('run as that account with its groups, and nothing but the listed ones runs', async () => {
    const tasks = { enabled: true, allow: ['/usr/bin/id'], account };
    const { pair, out } = await tasksOn({ tasks }, '"/usr/bin/id"', '"/usr/bin/touch" "/tmp/never"');
    expect(out).toMatch(new RegExp(`^uid=\\d+\\(${account}\\) gid=\\d+\\(${account}\\) groups=`, 'm'));
    for (const group of groups) expect(out).toContain(`(${group})`);
    expect(out).not.toContain('(root)');
    const refusal = "/usr/bin/touch is not on this server's list of programs (tasks.allow in its server.json)";
    expect(out).toMatch(/task 1 +ONEXECUTE +refused/);
    expect(out).toContain(refusal);
    expect(await pair.target.events(5044)).toEqual([`Task task 1 was refused at onexecute: ${refusal}`]);
  });

  it('run for RUN PROGRAM of a block as that account, and only those that scripts.programs names', async () => {
    const settings = {
      tasks: { enabled: true, blocks: true, account },
      scripts: { read: ['/etc'], programs: ['/usr/bin/id'] },
    };
    const bodies = [
      '$who = run program "/usr/bin/id"\n  $host = read file "/etc/passwd"\n  write $who.output, length($host) > 0',
      'run program "/usr/bin/touch" "/tmp/never"',
      '$token = environment PATH',
      '$log = read file "/var/log/any"',
    ];
    const blocks = bodies.map((body) => `do\n  ${body}\nend`);
    const { pair, out } = await tasksOn(settings, ...blocks);
    expect(out).toMatch(new RegExp(`^uid=\\d+\\(${account}\\) gid=`, 'm'));
    expect(out).toContain('true');
    const failures = (await pair.target.events(5042)).join('\n');
    for (const setting of ['scripts.programs', 'scripts.environment', 'scripts.read'])
      expect(failures).toContain(`${setting} in the server.json of this server does not name`);
  });

  it('fail with a clear reason when the server may not switch accounts', async () => {
    const settings = {
      tasks: { enabled: true, allow: ['/usr/bin/id'], account },
      privileges: ['--bounding-set', '-setuid,-setgid'],
    };
    const { pair, out } = await tasksOn(settings, '"/usr/bin/id"');
    expect(out).toMatch(/task 0 +ONEXECUTE +failed/);
    expect(out).toContain(`this server may not run it as ${account}`);
    expect(await pair.target.events(5042)).toEqual([expect.stringContaining(`may not run it as ${account}`)]);
  });
});

it('no program runs on a server that was not told to let programs run', async () => {
  const { pair, out } = await tasksOn({}, '"/usr/bin/id"');
  expect(out).toMatch(/task 0 +ONEXECUTE +refused/);
  expect(await pair.target.events(5044)).toEqual([
    'Task task 0 was refused at onexecute: task processing is off on this server (tasks.enabled in its server.json)',
  ]);
  expect((await pair.target.api.information.report()).taskProcessing).toBe(false);
});

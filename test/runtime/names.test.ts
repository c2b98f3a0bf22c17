// A name is held to one rule wherever something gets one.
import { describe, expect, it } from 'vitest';
import { nameFault } from '../../src/base/given-names.ts';
import { CommandArguments } from '../../src/runtime/commands/command-arguments.ts';
import { serverCalls } from '../../src/runtime/contract/server-calls.ts';
import { checkNewJob } from '../../src/runtime/jobs/admission/job-admission.ts';
import { ExampleHome } from '../support/example-home.ts';
import { monitorOf } from '../support/monitors.ts';

const bad = [
  '',
  'a\nb',
  'a\rb',
  'a\u0000b',
  'a\u2028b',
  'a\u202eb',
  '../a',
  'a/b',
  'a\\b',
  ' a',
  'a ',
  'x'.repeat(129),
];
const good = ['sales', 'before upgrade', 'Büro 7', '昼', 'a.b-c_d', '127.0.0.1:53', 'x'.repeat(128)];

const job = {
  name: 'job',
  replicationSet: 'set',
  sourceServer: 'alpha',
  targetServer: 'beta',
  roots: [{ source: '/a', replica: '/b' }],
  rules: [],
  mirrorMethod: 'data-delta',
  orphans: 'keep',
} as const;
const task = { name: 'task', actions: {}, timeoutMs: null };
const schedule = { name: 's', cron: '* * * * *', timeZone: 'UTC', overlap: 'skip', body: '', bindings: '' };

/** Calls that name something, by what they name. */
const calls: Readonly<Record<string, (name: string) => boolean>> = {
  'a connection': (name) => serverCalls.jobs.connect.parameters.safeParse([{ ...job, name }]).success,
  'a replication set': (name) =>
    serverCalls.jobs.connect.parameters.safeParse([{ ...job, replicationSet: name }]).success,
  'a task': (name) => serverCalls.tasks.queue.parameters.safeParse(['job-1', { ...task, name }]).success,
  'the snapshot of a task': (name) => {
    const actions = { onexecute: { type: 'snapshot', name } };
    return serverCalls.tasks.queue.parameters.safeParse(['job-1', { ...task, actions }]).success;
  },
  'a snapshot': (name) => serverCalls.snapshots.take.parameters.safeParse(['job-1', name, 'manual']).success,
  'a monitor': (name) => serverCalls.monitors.create.parameters.safeParse([monitorOf('job-1', { name })]).success,
  'a schedule': (name) => serverCalls.schedules.add.parameters.safeParse([{ ...schedule, name }]).success,
  'an account': (name) => serverCalls.accounts.add.parameters.safeParse([name, 'secret', 'monitor']).success,
  'a credential': (name) => serverCalls.credentials.set.parameters.safeParse([name, 'secret']).success,
};

describe.each(Object.entries(calls))('%s', (_what, isTaken) => {
  it.each(bad)('is not called %j', (name) => expect(isTaken(name)).toBe(false));
  it.each(good)('may be called %j', (name) => expect(isTaken(name)).toBe(true));
});

it('is told what is wrong with it', () => {
  const given = new CommandArguments({ name: 'a\nb' });
  expect(() => given.newName('name')).toThrow('"a\\nb" can be no name: a name has no line feeds');
  expect(nameFault('a/b')).toBe('a name has no slashes');
  expect(serverCalls.snapshots.take.parameters.safeParse(['job-1', 'a/b', 'manual']).error?.issues[0]?.message).toBe(
    'a name has no slashes',
  );
});

it.each([
  'repset create "a/b"',
  'snapshot take "a/b"',
  'queuetask "a/b" to beta onexecute = snapshot "x"',
  'queuetask t to beta onexecute = snapshot "a/b"',
  'monitor create "a/b" on 1 interval 1 second failures 5',
  'schedule "a/b" cron "0 2 * * *" timezone "UTC" do ping beta end',
  'credential set "a/b" secret "c2VjcmV0" on beta',
  'server group add "a/b" alpha',
])('%s fails', async (command) => {
  const home = await ExampleHome.open();
  expect(await home.run(command)).toMatchObject({
    kind: 'failed',
    diagnostics: [{ message: expect.stringContaining('"a/b" can be no name: a name has no slashes') }],
  });
});

it('servers are called as servers are', () => {
  for (const name of ['alpha', 'db-1.example.test']) {
    expect(serverCalls.jobs.connect.parameters.safeParse([{ ...job, targetServer: name }]).success).toBe(true);
  }
  for (const name of ['a b', '10.0.0.1', 'ä', 'a/b']) {
    expect(serverCalls.jobs.connect.parameters.safeParse([{ ...job, targetServer: name }]).success).toBe(false);
  }
});

describe('a new job', () => {
  const roots = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ source: `/a/${index}`, replica: `/b/${index}` }));

  it('has at most 256 folders, and says so', () => {
    expect(() => checkNewJob({ ...job, roots: roots(256) })).not.toThrow();
    expect(() => checkNewJob({ ...job, roots: roots(257) })).toThrow(
      'it selects 257 folders, and a connection has 256 at most',
    );
    expect(serverCalls.jobs.connect.parameters.safeParse([{ ...job, roots: roots(257) }]).success).toBe(false);
    expect(serverCalls.workloads.calculate.parameters.safeParse([{ roots: roots(257), rules: [] }]).success).toBe(
      false,
    );
  });

  it('has a name that is one', () => {
    expect(() => checkNewJob({ ...job, name: 'a\nb' })).toThrow('a name has no line feeds');
  });
});

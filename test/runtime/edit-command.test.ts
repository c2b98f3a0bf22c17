// EDIT: its words, what it says before and after, its result, and what VALIDATE shows of it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandRig } from '../support/command-rig.ts';
import { type ScriptCluster, scriptCluster } from '../support/script-cluster.ts';

const prelude = `
source alpha
repset create work
repset rule add "/work" include
repset save
connect work to beta map "/work" to "/replica" name "first"
wait for mirror 1
`;
let run: ScriptCluster;

beforeEach(async () => {
  run = await scriptCluster();
  run.cluster.workload.create('/work/file', Buffer.alloc(1000, 'x'));
  await succeeds(prelude);
});
afterEach(() => run.cluster.stop());

async function succeeds(text: string): Promise<string[]> {
  const before = run.output.length;
  expect(await run.run(text)).toMatchObject({ kind: 'completed' });
  return run.output.slice(before);
}

async function fails(text: string): Promise<string> {
  const outcome = await run.run(text);
  expect(outcome.kind).toBe('failed');
  return JSON.stringify(outcome);
}

test('it says what it has changed, and gives a record', async () => {
  const text = 'source alpha\n$e = edit 1 name "by night" mirror data delta compression on level 5\n';
  expect(
    await succeeds(`${text}write $e.revision, " ", $e.forces, " ", length($e.changed), " ", length($e.sharing)`),
  ).toEqual([
    'note: the next start, and what it mirrors, compares in the other way',
    'Connection 1 edited: mirror, name, compression (revision 1)',
    '1 nothing 3 0',
  ]);
  expect(await succeeds('source alpha\nedit "by night" compression on level 5')).toEqual([
    'Connection 1 is so already',
  ]);
});

test('it says what it forces before it does it, and which other connections become others with it', async () => {
  run.cluster.workload.makeDirectory('/more');
  await succeeds(
    'source alpha\nrepset create more\nrepset rule add "/more"\nrepset save\nconnect more to beta map "/more" to "/more-replica"',
  );
  expect(await succeeds('source alpha\nedit 1 capture watch bandwidth 100 KB/s orphans keep')).toEqual([
    'note: the connection starts anew, with a mirror; until that has completed the replica is not whole',
    'note: what was only in the replica before the first mirror is deleted already, unless KEEP had kept it',
    'note: more sends to that address, too, and becomes another with it',
    'Connection 1 edited: orphans, bandwidth, capture (revision 1)',
  ]);
  await succeeds('source alpha\nwait for mirror 1');
});

test.each([
  ['edit 1 name "a/b"', 'a name has no slashes'],
  ['edit 1 bandwidth 1 KB/s', 'is no limit that can be kept'],
  ['edit 1 compression maximum level 3', 'LEVEL needs ON'],
  ['edit 1 route 10.0.0.9', 'the target does not answer at 10.0.0.9: nothing listens there'],
  ['edit 7 orphans keep', 'there is no connection 7'],
])('%s is refused', async (text, reason) => {
  expect(await fails(`source alpha\n${text}`)).toContain(reason);
  expect((await run.cluster.alpha.jobs.list())[0]?.options?.revision).toBe(0);
});

test('VALIDATE shows the options, and warns while the target has others', async () => {
  await succeeds('source alpha\nedit 1 mirror none');
  const option = async (): Promise<string | undefined> =>
    (await succeeds('source alpha\nvalidate 1')).find((line) => line.startsWith('options'));
  expect(await option()).toBe(
    'options      Success  revision 1, mirror none, orphans delete, capture as the source is configured, compression Off, bandwidth Unlimited',
  );
});

test.each([
  [59, 'Success', /are 59 s apart$/],
  [60, 'Warning', /are 60 s apart: let both follow a time service$/],
  [299, 'Warning', /299 s/],
  [300, 'Error', /are 300 s apart: let both follow a time service$/],
])('VALIDATE of servers whose clocks are %i s apart is a %s', async (seconds, state, text) => {
  const rig = new CommandRig();
  await rig.connected();
  const [alpha, beta] = [rig.server('alpha'), rig.server('beta')];
  const report = await alpha.information.report();
  const at = (timeMs: number) => ({ information: { report: () => ({ ...report, timeMs }) } });
  alpha.overrides = at(1_000_000);
  beta.overrides = at(1_000_000 - seconds * 1000);
  await rig.run('validate', { connection: 1 });
  const line = rig.output.find((one) => one.startsWith('clocks')) ?? '';
  expect(line).toContain(state);
  expect(line).toMatch(text);
});

test('at the prompt it asks about what cannot simply be taken back, and about nothing else', async () => {
  const rig = new CommandRig();
  const asked: string[] = [];
  rig.confirm = async (command) => {
    asked.push(command);
    return false;
  };
  rig.host = rig.newHost();
  await rig.connected();
  await rig.run('edit', { connection: 1, name: 'other', compression: 'none' });
  expect(asked).toEqual([]);
  await expect(rig.run('edit', { connection: 1, capture: 'filter' })).rejects.toMatchObject({ code: 'NOT-CONFIRMED' });
  expect(asked).toEqual(['EDIT 1 CAPTURE FILTER']);
  expect(rig.server('alpha').callsOf('jobs.edit')).toHaveLength(1);
});

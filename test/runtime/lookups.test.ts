// The functions that look up what exists: connection("sales") and the others, on two servers in memory.
import { expect, it } from 'vitest';
import { commandText } from '../../src/language/catalogue/definition/command-text.ts';
import { lookups } from '../../src/language/catalogue/lookups.ts';
import { handle } from '../../src/language/values/value.ts';
import { check } from '../language/scripted-host.ts';
import { CommandRig } from '../support/command-rig.ts';
import { ExampleHome } from '../support/example-home.ts';

async function written(text: string, fresh = true): Promise<readonly string[]> {
  const home = await ExampleHome.open({ fresh });
  const outcome = await home.run(text);
  expect(outcome.diagnostics).toEqual([]);
  return home.output;
}

async function refused(text: string): Promise<string> {
  const home = await ExampleHome.open({ fresh: true });
  const { kind, diagnostics } = await home.run(text);
  expect(kind).toBe('failed');
  return `${diagnostics[0]?.message} | ${diagnostics[0]?.fix}`;
}

it.each(lookups.flatMap(({ words, examples }) => examples.map((text) => [words, text] as const)))(
  'the example of %s runs and prints nothing but what it writes',
  async (_, example) => {
    const output = await written(`source alpha\ntarget beta\n${example}`);
    expect(output).toHaveLength(example.startsWith('$') ? 0 : 1);
  },
);

it('gives a connection by its name, its replication set or its number, for commands and properties', async () => {
  expect(
    await written(`source alpha
$con = connection("SALES")
wait for mirror $con
write $con, " ", $con.name, " ", type($con), " ", $con = connection(1), " ", connection($con) = $con
connect archive to beta map exact name "archive again"
write connection("archive again"), connection("archive"), connection()`),
  ).toEqual(['1 sales connection true true', expect.stringMatching(/^Connection 2: archive/), '222']);
});

it('lists the connections of the source, or of a server that is named, and leaves the current one', async () => {
  const lines = await written(`source alpha
$con = connection("sales")
connect archive to beta map exact
disconnect connection("archive")
for each $one in connections() do write $one.name, " to ", $one.target.name, " ", $one.mirror.status end
write connections("beta"), " ", connections("alpha") = connections()`);
  expect(lines.slice(-2)).toEqual(['sales to beta Idle', '[1] true']);
  const rig = new CommandRig();
  await rig.connected();
  const { jobReports } = rig.server('alpha');
  for (const report of [...jobReports.values()]) jobReports.set('job-2', { ...report, jobId: 'job-2', number: 2 });
  await rig.run('lookup.connections');
  await rig.run('mirror.stop');
  expect(rig.server('alpha').callsOf('mirrors.stop')).toEqual([['job-1']]);
});

it('gives snapshots, tasks, schedules and monitors, with their properties and for commands', async () => {
  const lines = await written(`source alpha
write snapshot("before upgrade").state, " ", length(snapshots("sales"))
write task("nightly", connection("sales")).onexecute.state, " ", map(tasks(1), "nameof")
write schedule("nightly").cron, " ", map(schedules(), "nameof")
write monitor("watch", "beta").state, " ", map(monitors("beta"), "nameof")
$nightly = schedule("nightly", "alpha")
schedule delete $nightly
monitor delete monitor("watch", "beta")
monitor delete monitor("asking", "beta")
snapshot delete snapshot("before upgrade")
write schedules("alpha"), monitors("beta"), map(snapshots(), "nameof")
function nameof($one)
  return $one.name
end`);
  expect(lines).toEqual([
    'good 2',
    'finished ["nightly"]',
    '0 2 * * * ["nightly"]',
    'Stopped ["watch", "asking"]',
    'Snapshot "before upgrade" deleted',
    '[][]["nightly"]',
  ]);
});

it('knows the server of a schedule that was looked up elsewhere', async () => {
  expect(
    await written(`source alpha
target beta
snapshot schedule nightly every 1 hour on 1
$there = schedule("nightly", "beta")
$here = schedule("nightly")
write $there.cron, ", ", $here.cron, ", ", $there = $here
schedule delete $there
write schedules("beta"), schedules()`),
  ).toEqual(['0 0-23/1 * * *, 0 2 * * *, false', '[][2]']);
});

it.each([
  ['connection("salse")', 'there is no connection salse (-101) | did you mean sales? there are: 1 (sales)'],
  ['connection(7)', 'there is no connection 7 (-101) | there are: 1 (sales)'],
  [
    'snapshot("before upgrad")',
    'connection 1 has no snapshot "before upgrad" (-101) | did you mean before upgrade? there are: "before upgrade", "nightly"',
  ],
  ['task("nihgtly")', 'connection 1 has no task nihgtly (-101) | did you mean nightly? there are: nightly'],
  ['schedule("x")', 'alpha has no schedule x (-101) | there are: nightly'],
  ['monitor("wach", "beta")', 'beta has no monitor wach (-101) | did you mean watch? there are: watch, asking'],
])('refuses %s, with the names that there are', async (call, message) => {
  expect(await refused(`source alpha\n$x = ${call}`)).toBe(message);
});

it.each(['watch', '["beta"]', '["beta", 1]'])('refuses a handle from elsewhere whose id is %s', async (id) => {
  const rig = new CommandRig();
  await rig.connected();
  const monitor = handle('monitor', id, 3);
  await expect(rig.property(monitor, 'state')).rejects.toMatchObject({ code: 'HANDLE-GONE' });
  await expect(rig.run('monitor.delete', { monitor })).rejects.toMatchObject({ code: 'HANDLE-GONE' });
});

it('checks what is given, and the properties of what it gives', () => {
  const found = (text: string): readonly string[] => check(text).diagnostics.map(({ message }) => message);
  expect(found('$con = connection("sales")\nwrite $con.mirror.percnt')).toHaveLength(1);
  expect(found('$con = connection("sales")\nwrite $con.mirror.percent\nwait for mirror $con')).toEqual([]);
  expect(found('write connection(5 minutes)')).toEqual([
    'what connection is given must be a connection or its name, and this is a duration',
  ]);
  expect(found('write snapshot()')).toHaveLength(1);
  expect(found('write monitors(beta)')).toHaveLength(1);
});

it('writes a look-up in a journal as a function', () => {
  const span = { file: 'x', start: 0, end: 0, line: 1, column: 1 };
  const request = { command: 'lookup.snapshot', arguments: { snapshot: 'before upgrade', connection: 1 }, span };
  expect(commandText(request)).toBe('snapshot("before upgrade", 1)');
});

it('gives the properties of a connection as the result of STATUS', async () => {
  expect(
    await written(`source alpha
$status = status con "sales"
write $status.name, " ", $status.target.name, " ", $status.mirror.percent, " ", $status.code
$job = status job 1
write keys($job) = keys($status)`).then((lines) => lines.filter((line) => /^(sales|true)/.test(line))),
  ).toEqual(['sales beta 100% 1', 'true']);
});

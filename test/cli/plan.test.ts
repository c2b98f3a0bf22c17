// `understudy plan`: what a run would do, and that nothing is done.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { loadOrCreateIdentity } from '../../src/platform/identity/identity.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

let folder: string;
let home: string;
let commandLine: RecordedCommandLine;
const socketConnected = vi.spyOn(Socket.prototype, 'connect');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-plan-'));
  home = join(folder, 'home');
  commandLine = new RecordedCommandLine();
  socketConnected.mockClear();
});

afterEach(() => rmSync(folder, { recursive: true }));

function plan(text: string, ...words: readonly string[]): Promise<number> {
  const file = join(folder, 'sales.dtcl');
  writeFileSync(file, text);
  return runProgram(['plan', file, '--home', home, ...words], commandLine);
}

/** Every file of the home with its content and its time of change. */
function stateOfHome(): unknown {
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { mtimeMs, size, mode } = statSync(join(home, name));
      return [name, mtimeMs, size, mode];
    });
}

it('shows a table of what it knows, and names one that only a run knows', async () => {
  await plan('source alpha\n$n = connections()\nwrite table [{a: 1, b: now()}] columns "a"\nwrite table $n\n');
  const printed = commandLine.output.filter((line) => line.startsWith('prints'));
  expect(printed).toEqual(['prints    a', 'prints    1', 'prints    «the table of $n»']);
});

it('knows that a throughput diagnosis has no target', async () => {
  const set = 'source alpha\nrepset create sales\nrepset rule add "/srv/sales" include to sales\nrepset save\n';
  await plan(`${set}$con = connect sales to TDU\ndisconnect $con\n`);
  const changed = commandLine.output.filter((line) => /^ +changes alpha/.test(line)).map((line) => line.trim());
  expect(changed).toEqual([
    expect.stringMatching(/^changes alpha: connects/),
    expect.stringMatching(/^changes alpha: ends/),
  ]);
});

it('says what an EDIT forces', async () => {
  await plan('source alpha\nedit 1 capture watch name "other"\n');
  const said = commandLine.output.map((line) => line.trim());
  expect(said).toContain('forces: mirror');
  expect(said).toContain(
    'the connection starts anew, with a mirror; until that has completed the replica is not whole',
  );
});

const protect = `param $target = "beta"
source alpha
target $target
repset create sales
repset rule add "/srv/sales" include to sales
repset save
$con = connect sales to $target map "/srv/sales" to "/srv/replica"
wait for mirror $con timeout 10 minutes
wait until $con.queue.bytes = 5 KB every 1s
wait 1 hour
$v = verify $con
if $v.same and $con.target.state = "OK" then
  write "all the same: \${con.mirror.percent}"
end
queuetask nightly to $target onreceive = "/usr/bin/logger" "arrived" onexecute = snapshot "nightly" timeout = 1 minute
snapshot revert "before"
disconnect 7
`;

it('shows command by command what would happen, and makes no home', async () => {
  expect(await plan(protect, '--target', 'gamma')).toBe(0);
  expect(commandLine.output.join('\n')).toMatchSnapshot();
  expect(commandLine.notes).toEqual([]);
  expect(readdirSync(folder)).toEqual(['sales.dtcl']);
  expect(socketConnected).not.toHaveBeenCalled();
});

const choices = `source alpha
target beta
function told($what)
  ping beta
  return $what
end
repset create sales
repset rule add "/srv/sales" include to sales
repset save
$con = connect sales to beta map exact
$record = {count: 1}
$record.count += 1
$record.state = $con.target.state
$list = [1, 2]
$list[$con.queue.bytes] = 5
$n = 1
$n += $con.queue.bytes
switch $con.target.state do
when "OK", "FINE" then
  $way = 1
  told("one")
else
  $way = 2
end
write "$way \${record.count} \${record.state} $list $n"
switch $record.count do
when "2" then
  write "never"
when 2 then
  write "known"
end
write (if $con.queue.bytes = 0 then told("empty") else "full"), (if true then 1 else told(2))
`;

it('goes all ways of SWITCH and of IF in brackets, and knows what a part of an unknown value does to the whole', async () => {
  expect(await plan(choices)).toBe(0);
  const lines = commandLine.output.join('\n').split('\n');
  const from = lines.findIndex((line) => line.startsWith('line 19'));
  expect(lines.slice(from, -1)).toEqual([
    'line 19   if $con.target.state is "OK", "FINE":',
    'line 4      PING beta',
    '            asks beta: asks a server for a sign of life and returns how long the answer took',
    'prints    «$way» 2 «target.state of connection 1» «$list» «$n += $con.queue.bytes»',
    'prints    known',
    'line 32   if $con.queue.bytes = 0:',
    'line 4      PING beta',
    '            asks beta: asks a server for a sign of life and returns how long the answer took',
    'prints    «(if $con.queue.bytes = 0 then told("empty") else "full")»1',
  ]);
});

it('reads the home that is there, knows its servers, and leaves it as it was', async () => {
  mkdirSync(home, { mode: 0o700 });
  const rule = { action: 'include', path: '/srv/orders', depth: 'recursive' };
  writeFileSync(
    join(home, 'replication-sets.json'),
    JSON.stringify({ version: 1, sets: [{ name: 'orders', rules: [rule] }] }),
  );
  const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
  const peer = (name: string) => ({ name, fingerprint, access: 'full', pairedAt: '2026-01-01T00:00:00Z' });
  writeFileSync(join(home, 'trust.json'), JSON.stringify({ version: 1, peers: [peer('alpha'), peer('beta')] }));
  const before = stateOfHome();
  expect(
    await plan('source alpha\n$con = connect orders to beta map exact\ndisconnect $con\nrepset delete orders\n'),
  ).toBe(0);
  expect(commandLine.output.join('\n')).toMatch(/CONNECT orders TO beta MAP EXACT.*\n +changes alpha, beta: /);
  expect(commandLine.output.join('\n')).toMatch(/REPSET DELETE orders\n +changes the home folder, asks alpha: /);
  expect(await plan('source gamma\n')).toBe(1);
  expect(commandLine.notes.join('\n')).toContain('this home knows alpha, beta');
  expect(stateOfHome()).toEqual(before);
  expect(readFileSync(join(home, 'replication-sets.json'), 'utf8')).toContain('orders');
  expect(socketConnected).not.toHaveBeenCalled();
});

describe('connections that may not stand beside each other', () => {
  const begin =
    'source alpha\ntarget beta\nrepset create sales\nrepset rule add "/srv/sales" include to sales\nrepset save\n';
  const connect = (name: string, target: string, path: string): string =>
    `connect sales to ${target} map "/srv/sales" to "${path}" name "${name}"\n`;

  it.each([
    ['an item that is protected twice', connect('two', 'gamma', '/b'), 'one protects it already, to beta'],
    [
      'a replica that is passed on',
      'repset create chain\nrepset rule add "/a" include to chain\nrepset save\nsource beta\nconnect chain to gamma map "/a" to "/b"\n',
      '/a is the replica of one of alpha',
    ],
    [
      'a live copy that would be mirrored over',
      `failover 1 live queue apply\ndisconnect 1\n${connect('two', 'beta', '/a')}`,
      'it is the live copy since epoch 1: beta took over one of alpha',
    ],
  ])('end the plan as they would the run: %s', async (_, text, reason) => {
    expect(await plan(`${begin}${connect('one', 'beta', '/a')}${text}`)).toBe(1);
    expect(commandLine.notes.join('\n')).toContain(reason);
  });

  it('what this home has taken over is known', async () => {
    mkdirSync(join(home, 'keys'), { recursive: true, mode: 0o700 });
    const mark = {
      path: '/a',
      realPath: '/a',
      jobId: 'j',
      job: 'old',
      source: 'alpha',
      epoch: 3,
      sinceMs: 0,
      released: false,
    };
    writeFileSync(join(home, 'live-paths.json'), JSON.stringify({ version: 1, marks: [mark] }));
    await loadOrCreateIdentity(home, 'beta', { clock: new ManualClock(), random: new SeededRandom(1) });
    expect(await plan(`${begin}${connect('one', 'beta', '/a')}`)).toBe(1);
    expect(commandLine.notes.join('\n')).toContain('it is the live copy since epoch 3: beta took over old of alpha');
  });
});

/** The lines of the plan of a text, without those that explain a command. */
async function planned(text: string, ...words: readonly string[]): Promise<readonly string[]> {
  commandLine = new RecordedCommandLine();
  expect(await plan(text, ...words), commandLine.notes.join('\n')).toBe(0);
  return commandLine.output.slice(0, -1).filter((line) => !line.startsWith(' '));
}

const connected = `source alpha
target beta
repset create sales
repset rule add "/srv/sales" include to sales
repset save
$con = connect sales to beta map "/srv/sales" to "/a"
`;

describe('a value that only the run can know', () => {
  it('makes the plan go both ways, and what they do differently stays unknown', async () => {
    const lines = await planned(`${connected}if $con.queue.bytes > 1 GB then
  $v = verify $con
  $x = 1
else if $con.epoch = 2 then
  ping gamma
  $x = 2
else
  $x = 1
end
write "x is \${x}, \${x + 1}, \${con.name}"
if $x = 1 and false then ping never end
if $x = 1 or true then ping always end
`);
    expect(lines.slice(6)).toEqual([
      'line 7    if $con.queue.bytes > 1 GB:',
      'line 8      VERIFY 1 REPORT',
      'line 7    otherwise:',
      'line 10     if $con.epoch = 2:',
      'line 11       PING gamma',
      'prints    x is «$x», «x + 1», sales',
      'line 18   PING always',
    ]);
  });

  it('does not end the plan by FAIL, EXIT, BREAK or RETURN on one of the ways', async () => {
    const lines = await planned(`${connected}function state($of)
  if $of.epoch > 3 then
    return "new"
  end
  return "old"
end
$s = state($con)
if $s = "new" then fail "it is \${s}" end
if $s = "old" then exit 7 end
while true do
  if $con.failedover then break end
  ping beta
  wait 1m
end
ping gamma
`);
    expect(lines.slice(6)).toEqual([
      'line 14   if $s = "new":',
      'line 14     fails: it is «the result of state»',
      'line 15   if $s = "old":',
      'line 15     the script ends here, with exit code 7',
      'line 16   repeated while true:',
      'line 18     PING beta',
      'line 19     WAIT 1m',
      'line 21   PING gamma',
    ]);
  });

  it('is in each round of a loop over what only the run has, and such a loop has one round', async () => {
    const lines = await planned(`${connected}$n = 0
for each $one in snapshot_list($con) do
  snapshot delete $one on $con
  $n = $n + 1
  if $n = 3 then ping third end
end
for $i = 1 to $n do ping many end
while $con.mirror.percent < 100% do wait 1s end
function snapshot_list($of)
  $all = snapshot list on $of
  return $all
end
`);
    expect(lines.slice(6)).toEqual([
      'line 16   SNAPSHOT LIST ON 1',
      'line 8    for each $one in snapshot_list($con):',
      'line 9      SNAPSHOT DELETE «$one» ON 1',
      'line 11     if $n = 3:',
      'line 11       PING third',
      'line 13   for $i = 1 to $n:',
      'line 13     PING many',
      'line 14   repeated while $con.mirror.percent < 100%:',
      'line 14     WAIT 1s',
    ]);
    expect(commandLine.output.join('\n')).toMatch(/SNAPSHOT DELETE .*\n +changes beta: /);
  });

  it('may be the connection: then every one that it may be is changed', async () => {
    const begin = connected.replace('$con = connect sales to beta map "/srv/sales" to "/a"\n', '');
    await planned(`${begin}$delay = ping beta
if $delay > 1s then
  $con = connect sales to beta map "/srv/sales" to "/a"
else
  $con = connect sales to gamma map "/srv/sales" to "/b"
end
failover $con live queue apply
`);
    expect(commandLine.output.join('\n')).toMatch(/FAILOVER «\$con» .*\n +changes (?=.*beta)(?=.*gamma).*alpha/);
  });

  it('may be a server, and the plan says which is changed', async () => {
    await planned(
      '$all = server list\nsource alpha\n$list = schedule list\nfor each $s in $list do\n  schedule delete nightly on $s.name\nend\n',
    );
    expect(commandLine.output.join('\n')).toMatch(/SCHEDULE DELETE nightly ON "?«.*\n +changes «/);
  });

  it('ends no function that calls itself', async () => {
    const lines = await planned(`source alpha
function walk($depth)
  $state = ping beta
  if $state > 1ms then $deeper = walk($depth + 1) end
  return 1
end
$done = walk(1)
`);
    expect(lines.filter((line) => line.includes('PING')).length).toBe(2);
    expect(lines.at(-1)).toMatch(/walk calls itself again$/);
  });
});

describe('what runs later, or perhaps', () => {
  it('is shown with its lines, also those of the functions that it calls', async () => {
    const text = `function tell($who)
  ping $who
  function_of_it()
end
source alpha

function function_of_it()

  log last 3 on beta
end
schedule nightly cron "0 2 * * *" timezone "UTC" do

  tell("beta")
  schedule inner cron "0 3 * * *" timezone "UTC" do

    log last 4 on alpha
    tell("gamma")
  end
  log last 5 on beta
end
tell("delta")
`;
    expect(await plan(text)).toBe(0);
    const lines = commandLine.output.map((line) => /^line (\d+) +(PING \w+|LOG LAST \d)/.exec(line));
    expect(lines.flatMap((found) => (found === null ? [] : [`${found[1]} ${found[2]}`]))).toEqual([
      '2 PING beta',
      '9 LOG LAST 3',
      '16 LOG LAST 4',
      '2 PING gamma',
      '9 LOG LAST 3',
      '19 LOG LAST 5',
      '2 PING delta',
      '9 LOG LAST 3',
    ]);
  });

  it('does not know the time at which it runs', async () => {
    const text = `$at = now()
source alpha
schedule nightly cron "0 2 * * *" timezone "UTC" do
  write now(), " ", today(), " ", since($at), " ", $at
  if format(now(), "EEEE") = "Sunday" then
    ping beta
  else
    ping gamma
  end
end
on mirror.completed do
  write "on ", today()
end
write now(), " ", today()
`;
    expect(await plan(text)).toBe(0);
    const instant = expect.stringMatching(/^prints +\d{4}-\d\d-\d\dT[\d:.]+Z \d{4}-\d\d-\d\d$/);
    expect(commandLine.output.map((line) => line.trim()).filter((line) => line.startsWith('prints'))).toEqual([
      expect.stringMatching(/^prints +«now\(\)» «today\(\)» «since\(\$at\)» \d{4}-/),
      'prints      on «today()»',
      instant,
    ]);
    expect(commandLine.output.join('\n')).toMatch(/PING beta[\s\S]*PING gamma/);
  });

  it('stands below what puts it there, with its server and its time', async () => {
    const lines = await planned(`${connected}function tell($what)
  ping $what
end
task rotate($path) in javascript """
  await run("/usr/sbin/logrotate", [path]);
  return (await run(path)).exitCode;
"""
queuetask closed to beta onqueue = rotate("/etc/l.conf") onexecute = do
  snapshot take "closed"
  if $con.epoch = 3 then
    $told = tell("gamma")
  end
end
schedule nightly cron "0 2 * * *" timezone "UTC" do
  verify $con report
end
snapshot schedule hourly every 1 hour keep 3 on $con
monitor create watch on $con
monitor start watch
$code = rotate("/x")
`);
    expect(lines.slice(6)).toMatchSnapshot();
  });

  it('a round of a FOR in PARALLEL has a part of its own, and what it says of itself ends with it', async () => {
    const lines = await planned(`${connected}function both($name)
  ping $name
  ping delta
end
parallel do
  for each $name in ["beta", "gamma"] do
    source $name
    ping (upper($name))
    if $con.mirror.percent = 100 then ping $name end
  end
  both("epsilon")
  if $con.mirror.percent = 7 then fail "no" end
end
$all = statistics
parallel do
  for each $one in $all do
    $name = $one.name
    ping (lower($name))
  end
end
ping last
`);
    expect(lines.slice(6)).toMatchSnapshot();
  });

  it('a handler of events, a handler of errors and EVERY have their parts', async () => {
    const lines = await planned(`${connected}$lost = false
on link.lost from $con do
  $lost = true
  ping gamma
end
try
  verify $con
on error $e
  write "not verified: \${e.message}"
  ping delta
finally
  ping alpha
end
parallel do
  ping one
  ping two
end
wait until $lost every 1s timeout 5m
if $lost then exit 4 end
every 15m do
  $lost = false
  if $lost then ping again end
  if $con.epoch = 2 then break end
end
`);
    expect(lines.slice(6)).toMatchSnapshot();
  });
});

describe('what never ends', () => {
  it('is planned once', async () => {
    expect(await planned('while true do\n  ping alpha\n  wait 1m\nend\nping never\n')).toEqual([
      'line 1    repeated while true:',
      'line 2      PING alpha',
      'line 3      WAIT 1m',
    ]);
    expect(await planned('every 15m do\n  ping alpha\nend\nping never\n')).toEqual([
      'line 1    every 15m:',
      'line 2      PING alpha',
    ]);
  });

  it('is ended by the budget where each round is another, and its steps are counted', async () => {
    const text = '$i = 0\nwhile true do\n  ping alpha\n  $i = $i + 1\nend\n';
    expect(await plan(text, '--max-steps', '2000')).toBe(4);
    expect(commandLine.notes[0]).toMatch(/^error\[U0801\]: the script took more than 2000 steps/);
    expect(commandLine.output.filter((line) => line.includes('PING alpha'))).toHaveLength(10);
    expect(commandLine.output.at(-2)).toMatch(/sales\.dtcl:3 comes \d+ times; 10 of them are shown$/);
  });
});

it('fails where the run would without asking anybody, and 3 is a script that does not check', async () => {
  expect(await plan('status con 1\n')).toBe(1);
  expect(commandLine.notes.join('\n')).toContain('no source has been identified (-104)');
  expect(await plan('status cno 1\n')).toBe(3);
  expect(await plan('param $p as integer\nping $p\n')).toBe(2);
});

it('what literals already say to be wrong is refused by check, plan and run before anything is done', async () => {
  const file = join(folder, 'sales.dtcl');
  writeFileSync(file, 'source alpha\nping beta\nschedule nightly cron "99 * * * *" do ping beta end\n');
  for (const verb of ['check', 'plan', 'run']) {
    commandLine = new RecordedCommandLine();
    const words = verb === 'check' ? [] : ['--home', home];
    expect(await runProgram([verb, file, ...words], commandLine)).toBe(3);
    const text = [...commandLine.output, ...commandLine.notes].join('\n');
    expect(text).toContain('CRON of SCHEDULE cannot be 99 * * * *');
    expect(text).toContain('sales.dtcl:3:23');
    expect(text).not.toContain('SOURCE alpha');
  }
});

it('asks servers only with --ask, and a server that cannot be asked ends nothing', async () => {
  expect(await plan('source alpha\nping alpha\n', '--ask')).toBe(0);
  expect(commandLine.output.at(-2)).toMatch(/^asked {5}alpha cannot be asked: /);
});

it('speaks JSON, one object per line', async () => {
  expect(await plan('source alpha\nsnapshot list on 3\nwrite "x"\n', '--format', 'json')).toBe(0);
  const objects = commandLine.output.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(objects).toMatchObject([
    { version: 1, type: 'step', line: 1, command: 'SOURCE alpha', changes: [], asks: [] },
    {
      type: 'step',
      line: 2,
      changes: [],
      asks: ['alpha', expect.any(String)],
      remarks: ['takes it that connection 3 is there'],
    },
    { type: 'write', text: 'x' },
    { type: 'end', exitCode: 0, commands: 2 },
  ]);
});

import { describe, expect, it } from 'vitest';
import { idleWorld, protect, rehearsed, world } from './rig.ts';

const takesOver = `${protect}
on failover.completed from $con do
  dns update "shop.example" to "10.0.0.2" ttl 60 seconds
end
wait 6 minutes
`;

describe('a rehearsed disaster', () => {
  it('is told as it happens, and what is expected holds', async () => {
    const { report, entries, held } = await rehearsed(
      takesOver,
      `${world}
AT 2m SOURCE DIES
AT 5m SOURCE RETURNS
EXPECT FAILED OVER
EXPECT FAILED OVER TO beta
EXPECT DNS shop.example = 10.0.0.2
EXPECT LOSS < 5s
EXPECT STATE failed over
EXPECT EVENT 5072
EXPECT EVENT source.fenced ON alpha
EXPECT NO EVENT 5020
EXPECT EXIT 0`,
    );
    expect(Object.entries(held).filter(([, one]) => !one)).toEqual([]);
    expect(report.outcome).toMatchObject({ kind: 'completed', exitCode: 0 });
    expect(report.problems).toEqual([]);
    expect(report.notRehearsed).toEqual([]);
    const told = entries.map(({ atMs, text }) => `${Math.floor(atMs / 60_000)}m ${text}`);
    expect(told).toContain('2m alpha dies');
    expect(told).toContainEqual(expect.stringMatching(/^2m warning 5072: Failed over/));
    expect(told).toContainEqual(expect.stringMatching(/^2m line 13: DNS UPDATE shop.example TO "10.0.0.2"/));
    expect(told).toContain('5m alpha returns');
  });

  it('is the same each time', async () => {
    const scenario = `${world}AT 1m NETWORK PARTITION 15s\nAT 2m SOURCE DIES`;
    const [one, other] = [await rehearsed(takesOver, scenario), await rehearsed(takesOver, scenario)];
    expect(one.entries).toEqual(other.entries);
    expect(one.entries.length).toBeGreaterThan(20);
  });

  it('measures what is lost by the writes, not by what the servers say', async () => {
    const { held, why } = await rehearsed(
      takesOver,
      `${world.replace('MINUTE', 'SECOND')}
AT 90500ms NETWORK PARTITION 10m
AT 95500ms SOURCE DIES
EXPECT LOSS < 4s
EXPECT LOSS < 5s`,
    );
    expect(held['EXPECT LOSS < 4s']).toBe(false);
    expect(held['EXPECT LOSS < 5s']).toBe(true);
    expect(why['EXPECT LOSS < 4s']).toMatch(/^4\.\d+ s of writes were lost$/);
  });

  it('lets the application go on where the replica is, so that a way back can be rehearsed', async () => {
    const { held } = await rehearsed(
      `${protect}
wait 10 minutes
source beta
target alpha
disconnect $con
repset create back
repset rule add "/srv/copy" include to back
repset save
$back = connect back to alpha map "/srv/copy" to "/srv/back"
wait for mirror $back timeout 10 minutes
wait 1 minute
$check = verify $back report
`,
      `${world}
AT 5m SOURCE DIES
AT 8m SOURCE RETURNS
EXPECT EQUAL
EXPECT LOSS < 2s`,
    );
    expect(held).toEqual({ 'EXPECT EQUAL': true, 'EXPECT LOSS < 2s': true });
  });

  it('lasts as long as it is said, and stops a script that goes on for ever', async () => {
    const { report, entries } = await rehearsed(
      `${protect}
$rounds = 0
while true do
  wait 1 hour
  $rounds = $rounds + 1
  write "round \${rounds}"
end
`,
      `${idleWorld}LASTS 5h30m`,
    );
    expect(report.outcome).toBeUndefined();
    expect(report.lastedMs).toBeGreaterThanOrEqual(5.5 * 3_600_000);
    const rounds = entries.filter(({ teller }) => teller === 'output').map(({ text }) => text);
    expect(rounds.at(-1)).toContain('round 5 (the last of 5 times)');
  });

  it('runs schedules at their time of the virtual day', async () => {
    const { entries } = await rehearsed(
      `${protect}
schedule nightly cron "0 2 * * *" timezone "UTC" do
  write "it is night"
end
`,
      `${idleWorld}LASTS 26h30m`,
    );
    const nights = entries.filter(({ text }) => text.endsWith('it is night')).map(({ atMs }) => atMs / 3_600_000);
    expect(nights.map((hours) => Math.round(hours))).toEqual([2, 26]);
  });

  it('counts what blocks carry out as rehearsed, and what they leave out as not', async () => {
    const { report } = await rehearsed(
      `${protect}
schedule nightly cron "0 2 * * *" timezone "UTC" do
  $check = verify $con report
  if not $check.same then snapshot list on $con end
end
`,
      `${idleWorld}LASTS 3h`,
    );
    expect(report.notRehearsed.map(({ line }) => line)).toEqual([protect.split('\n').length + 3]);
  });

  it('stops a server by SHUTDOWN, which succeeds, until it returns', async () => {
    const { report, held, entries } = await rehearsed(
      `${protect}
shutdown alpha
try
  ping alpha
on error
  write "alpha is stopped"
end
`,
      `${idleWorld}AT 10s SERVER alpha RETURNS\nEXPECT EQUAL`,
    );
    expect(report.outcome).toMatchObject({ kind: 'completed', exitCode: 0 });
    expect(entries.map(({ text }) => text)).toContain('alpha is stopped');
    expect(held).toEqual({ 'EXPECT EQUAL': true });
  });

  it('lets a task run its program, which ends as the scenario says', async () => {
    const task = `${protect}
queuetask start to beta onexecute = "/usr/bin/start-shop" timeout = 1 minute
wait 5 minutes
`;
    const good = await rehearsed(task, `${world}EXPECT TASK start FINISHED`);
    expect(good.held).toEqual({ 'EXPECT TASK start FINISHED': true });
    const bad = await rehearsed(task, `${world}PROGRAM /usr/bin/start-shop FAILS\nEXPECT TASK start FINISHED`);
    expect(bad.why['EXPECT TASK start FINISHED']).toContain('failed at onexecute');
    const none = await rehearsed(task, `${world}PROGRAM /usr/bin/start-shop MISSING\nEXPECT TASK start FAILED`);
    expect(none.held).toEqual({ 'EXPECT TASK start FAILED': true });
  });

  it('lets a monitor probe an address, which a partition hides although the server lives', async () => {
    const script = protect.replace('interval 5', 'probe network address "10.0.0.1:22" interval 5');
    const scenario = `${idleWorld.replace('SERVERS alpha beta', 'SERVER alpha ADDRESS 10.0.0.1\nSERVER beta')}LASTS 5m\n`;
    const calm = await rehearsed(script, `${scenario}EXPECT NOT FAILED OVER`);
    expect(calm.held).toEqual({ 'EXPECT NOT FAILED OVER': true });
    const parted = await rehearsed(script, `${scenario}AT 1m NETWORK PARTITION 2m\nEXPECT FAILED OVER`);
    expect(parted.held).toEqual({ 'EXPECT FAILED OVER': true });
    expect(parted.entries.some(({ text }) => text.includes('no answer'))).toBe(true);
  });

  it('takes up again what a crash of a server has interrupted, in front of a script that waits', async () => {
    const { held, entries } = await rehearsed(
      `${protect}
wait 125 seconds
try
  verify $con report
on error $e
  write "too early: \${e.name}"
end
wait 3 minutes
verify $con report
`,
      `${world}
AT 2m SERVER alpha CRASHES
AT 130s SERVER alpha RETURNS
EXPECT EQUAL
EXPECT EVENT link.lost`,
    );
    expect(entries.map(({ text }) => text)).toContain('too early: LINK-REFUSED');
    expect(held['EXPECT EQUAL']).toBe(true);
  });

  it('takes what happens to disks, captures, clocks and DNS servers', async () => {
    const { entries, held } = await rehearsed(
      `${protect}
wait 20 minutes
try
  dns update "shop.example" to "10.0.0.2" ttl 60 seconds
on error $e
  write "not yet: \${e.name}"
end
wait 20 minutes
dns update "shop.example" to "10.0.0.3" ttl 60 seconds
`,
      `${world}
AT 1m DISK OF TARGET FULL 30s
AT 3m CAPTURE OVERFLOWS
AT 5m CLOCK OF alpha SET +1h
AT 10m DNS SERVER 10.0.0.53 FAILS
AT 30m DNS SERVER 10.0.0.53 RETURNS
EXPECT EQUAL
EXPECT NOT FAILED OVER
EXPECT DNS shop.example = 10.0.0.3
EXPECT EVENT capture.overflowed`,
    );
    expect(Object.entries(held).filter(([, one]) => !one)).toEqual([]);
    expect(entries.map(({ text }) => text)).toContain('not yet: DNS-TIMEOUT');
  });
});

describe('a mistake in what runs only after a failover', () => {
  const failing = async (handler: string): Promise<{ line: number | undefined; message: string | undefined }> => {
    const script = `${protect}
on failover.completed from $con do
  write "beta has taken over"
  ${handler}
end
wait 6 minutes
`;
    const quiet = await rehearsed(script, `${world}LASTS 7m`);
    expect(quiet.report.outcome).toMatchObject({ kind: 'completed' });
    expect(quiet.report.notRehearsed.map(({ line }) => line)).toContain(14);
    const { report } = await rehearsed(script, `${world}AT 2m SOURCE DIES\nLASTS 7m`);
    expect(report.outcome).toMatchObject({ kind: 'failed', exitCode: 1 });
    const [first] = report.outcome?.diagnostics ?? [];
    return { line: first?.span.line, message: first?.message };
  };

  it('is found with its line: a server that does not exist', async () => {
    const { line, message } = await failing('target gamma');
    expect(line).toBe(14);
    expect(message).toContain('gamma');
  });

  it('is found with its line: a name that no DNS server holds', async () => {
    const { line, message } = await failing('dns update "shop.elsewhere" to "10.0.0.2" ttl 60 seconds');
    expect(line).toBe(14);
    expect(message).toContain('no DNS server is known for this name');
  });

  it('is found with its line: a command to the server that is dead', async () => {
    const { line, message } = await failing('source alpha; mirror start $con');
    expect(line).toBe(14);
    expect(message).toContain('nothing listens there');
  });

  it('is found in the other branch of a script that decides by itself', async () => {
    // A check does not follow what stands in a list, so only the run finds it.
    const script = `${protect}
wait 4 minutes
if $con.failedover then
  write [$con][0].target.stat
else
  write "all is well"
end
`;
    const { report } = await rehearsed(script, `${world}AT 2m SOURCE DIES`);
    expect(report.outcome).toMatchObject({ kind: 'failed' });
    expect(report.outcome?.diagnostics[0]?.span.line).toBe(14);
    const { report: other } = await rehearsed(script, world);
    expect(other.outcome).toMatchObject({ kind: 'completed' });
  });

  it('is found in the block of a schedule, with the line of the script', async () => {
    const { report } = await rehearsed(
      `${protect}
schedule nightly cron "0 2 * * *" timezone "UTC" do
  write "begin"
  target gamma
end
`,
      `${idleWorld}LASTS 3h`,
    );
    expect(report.problems).toEqual([{ message: expect.stringMatching(/nightly.*line 14: .*gamma/) }]);
  });
});

describe('an expectation that does not hold', () => {
  it.each([
    ['FAILED OVER', /nothing failed over/],
    ['FAILED OVER TO beta', /nothing failed over/],
    ['DNS shop.example = 10.0.0.2', /nobody has set shop.example/],
    ['LOSS < 5s', /no loss was measured/],
    ['STATE failed over', /alpha: OK/],
    ['EVENT 5072', /not reported/],
    ['NO EVENT 5011', /Mirror completed/],
    ['TASK upgrade FINISHED', /no server knows a task upgrade/],
    ['EXIT 7', /ended with 0/],
  ])('says why: %s', async (expectation, why) => {
    const found = await rehearsed(protect, `${world}LASTS 1m\nEXPECT ${expectation}`);
    expect(found.held[`EXPECT ${expectation}`]).toBe(false);
    expect(found.why[`EXPECT ${expectation}`]).toMatch(why);
  });

  it('says why: NOT FAILED OVER, and EQUAL where nothing replicates', async () => {
    const { held, why } = await rehearsed(
      takesOver,
      `${world}AT 2m SOURCE DIES\nEXPECT NOT FAILED OVER\nEXPECT EQUAL\nEXPECT DNS shop.example = 10.0.0.9`,
    );
    expect(Object.values(held)).toEqual([false, false, false]);
    expect(why['EXPECT EQUAL']).toBe('no connection replicates');
    expect(why['EXPECT DNS shop.example = 10.0.0.9']).toBe('it is 10.0.0.2');
  });

  it('says what differs: EQUAL', async () => {
    const { held, why } = await rehearsed(protect, `${world}AT 1m NETWORK PARTITION 10h\nLASTS 5m\nEXPECT EQUAL`);
    expect(held).toEqual({ 'EXPECT EQUAL': false });
    expect(why['EXPECT EQUAL']).toMatch(/^\/srv\/shop\/part0\/file\d+.* differ$/);
  });

  it('asks for a server by its place before there is one', async () => {
    const { report } = await rehearsed('wait 1 hour', `${world}AT 5m SOURCE DIES`);
    expect(report.problems).toEqual([
      { message: expect.stringContaining('no connection yet'), span: expect.anything() },
    ]);
  });
});

describe('a script under rehearsal', () => {
  it('keeps its secrets out of what is told', async () => {
    const { entries } = await rehearsed(
      `param $password as secret "for alpha"
login alpha admin $password
`,
      'SERVERS alpha',
      { password: 'open-sesame' },
    );
    expect(entries.some(({ text }) => text.includes('LOGIN'))).toBe(true);
    expect(JSON.stringify(entries)).not.toContain('open-sesame');
  });

  it('is told that JavaScript is not simulated, in a task and in a call', async () => {
    const task = 'task tidy() in javascript """\nreturn 1;\n"""\n';
    const queued = await rehearsed(
      `${task}${protect}\nqueuetask t to beta onexecute = tidy() timeout = 1 minute\nwait 1 minute\n`,
      `${idleWorld}LASTS 5m\nEXPECT TASK t FAILED`,
    );
    expect(queued.held).toEqual({ 'EXPECT TASK t FAILED': true });
    expect(queued.why['EXPECT TASK t FAILED']).toContain('JavaScript tasks are not simulated');
    const called = await rehearsed(`${task}$done = tidy()\n`, 'SERVERS alpha');
    expect(called.report.outcome?.diagnostics[0]?.message).toContain('JavaScript tasks are not simulated');
  });

  it('sees time pass although it never waits', async () => {
    const { report } = await rehearsed(
      `${protect}
while not $con.failedover do
end
`,
      `${idleWorld}AT 1s SOURCE DIES
LASTS 1m`,
    );
    expect(report.outcome).toMatchObject({ kind: 'completed', exitCode: 0 });
  });
});

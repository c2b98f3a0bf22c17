// Tasks in JavaScript on real servers: `understudy run` queues them, the target runs them as its configuration allows, and
// whatever one tries, the server lives and the next one runs.
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Pair, Stage } from '../support/serve-process.ts';

const attacks: readonly (readonly [name: string, body: string, outcome: RegExp])[] = [
  ['loops', 'for (;;);', /^failed: it took longer than 2 s/],
  [
    'grows',
    'const all = []; for (;;) all.push(new Array(1000).fill(1));',
    /^failed: it used more than 64 MiB of memory/,
  ],
  ['breaks', 'return "x".repeat(5e8).split("").length', /^failed: its process broke down \(SIG\w+\)/],
  ['reaches', 'return log.constructor("return process")()', /^failed: ReferenceError: process is not defined/],
  ['requires', 'return require("node:fs")', /^failed: ReferenceError: require is not defined/],
  ['pollutes', 'Object.prototype.polluted = 1; return JSON.parse(\'{"__proto__": {"polluted": 1}}\')', /^finished: $/],
  [
    'calls',
    'const all = []; for (let i = 0; i < 1000; i++) all.push(run("/usr/bin/true")); return (await Promise.all(all)).length',
    /^failed: more than 16 calls at a time; await them/,
  ],
  ['runs', 'return run("/usr/bin/touch", ["/tmp/never"])', /^failed: \/usr\/bin\/touch is not on this server's list/],
];

it('a server outlives every script, and runs the next one', async () => {
  const tasks = { enabled: true, allow: ['/usr/bin/true'], javascript: { enabled: true, run: true, secondsMax: 2 } };
  const pair = await Pair.open(Stage.open(), { target: { tasks } });
  const { out } = await pair.connect(`
${attacks.map(([name, body]) => `task ${name}() in javascript """${body}"""`).join('\n')}
task works($path, $days = 7) in javascript """
  log(\`\${task.point} of \${task.name}: \${path} on \${task.replica}\`);
  const { exitCode } = await run('/usr/bin/true');
  return { path, days, exitCode, clean: ({}).polluted === undefined };
"""
wait for mirror $con timeout 1 minute
$tasks = []
${attacks.map(([name]) => `$one = queuetask ${name} to beta onexecute = ${name}() timeout 1 minute\n$tasks = $tasks + [$one]`).join('\n')}
$last = queuetask works to beta onexecute = works("/srv/x") timeout 1 minute
wait until $last.onexecute.state = "finished" or $last.onexecute.state = "failed" every 100ms timeout 90s
for each $one in $tasks do
  write "\${one.name}: \${one.onexecute.state}: \${one.onexecute.reason}"
end
write $last.onexecute.output
write $last.onexecute.result
exit 0
`);
  for (const [name, , outcome] of attacks) {
    expect(new RegExp(`^${name}: (.*)$`, 'm').exec(out)?.[1]).toMatch(outcome);
  }
  expect(out).toContain(`onexecute of works: /srv/x on ${pair.replica}`);
  expect(out).toContain('{path: "/srv/x", days: 7, exitCode: 0, clean: true}');
  expect((await pair.target.api.information.report()).taskProcessing).toBe(true);
});

it('no script runs on a server that was not told to let scripts run', async () => {
  const pair = await Pair.open(Stage.open(), { target: { tasks: { enabled: true } } });
  const { out } = await pair.connect(`
task works() in javascript """return 1"""
wait for mirror $con timeout 1 minute
$one = queuetask works to beta onexecute = works() timeout 1 minute
wait until $one.onexecute.state = "refused" every 100ms timeout 60s
write "here: ", works()
exit 0
`);
  expect(out).toContain('here: 1');
  const reason = 'JavaScript tasks are off on this server (tasks.javascript in its server.json)';
  expect(await pair.target.events(5044)).toEqual([`Task works was refused at onexecute: ${reason}`]);
});

it('what is no JavaScript is found before anything runs', async () => {
  const stage = Stage.open();
  const text = 'write "ran"\ntask works($path) in javascript """\n  const name = path;\n  retrun name;\n"""\n';
  const file = stage.path('script.dtcl');
  writeFileSync(file, text);
  for (const verb of ['check', 'run']) {
    const { exitCode, out, notes } = await stage.command(verb, file);
    expect(exitCode).toBe(3);
    expect(out + notes).toContain("error[U0316]: this is no JavaScript: Unexpected identifier 'name'");
    expect(out + notes).toMatch(/script\.dtcl:4:10\n/);
    expect(out).not.toContain('ran');
  }
});

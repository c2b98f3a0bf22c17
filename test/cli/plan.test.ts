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
const connected = vi.spyOn(Socket.prototype, 'connect');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-plan-'));
  home = join(folder, 'home');
  commandLine = new RecordedCommandLine();
  connected.mockClear();
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
  expect(connected).not.toHaveBeenCalled();
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
  expect(commandLine.output.join('\n')).toMatch(/CONNECT orders TO beta MAP EXACT.*\n +changes alpha: /);
  expect(commandLine.output.join('\n')).toMatch(/REPSET DELETE orders\n +changes the home folder, asks alpha: /);
  expect(await plan('source gamma\n')).toBe(1);
  expect(commandLine.notes.join('\n')).toContain('this home knows alpha, beta');
  expect(stateOfHome()).toEqual(before);
  expect(readFileSync(join(home, 'replication-sets.json'), 'utf8')).toContain('orders');
  expect(connected).not.toHaveBeenCalled();
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

describe('what a plan cannot wait for', () => {
  it('a loop that only the world would end is ended by the budget, and its steps are counted', async () => {
    expect(await plan('source alpha\nwhile true do\n  ping\n  wait 1m\nend\n', '--max-steps', '2000')).toBe(1);
    commandLine = new RecordedCommandLine();
    expect(await plan('while true do\n  ping alpha\n  wait 1m\nend\n', '--max-steps', '2000')).toBe(4);
    expect(commandLine.notes[0]).toMatch(/^error\[U0801\]: the script took more than 2000 steps/);
    expect(commandLine.output.filter((line) => line.includes('PING alpha'))).toHaveLength(10);
    expect(commandLine.output.at(-2)).toMatch(/sales\.dtcl:2 comes \d+ times; 10 of them are shown$/);
  });

  it('EVERY has one round, and handlers of events none', async () => {
    expect(await plan('on mirror.completed do\n  ping beta\nend\nevery 15m do\n  ping alpha\nend\n')).toBe(0);
    expect(commandLine.output.filter((line) => line.startsWith('line'))).toEqual([
      'line 1    ON mirror.completed DO … END',
      'line 5    PING alpha',
    ]);
  });
});

it('fails where the run would without asking anybody, and 3 is a script that does not check', async () => {
  expect(await plan('status con 1\n')).toBe(1);
  expect(commandLine.notes.join('\n')).toContain('no source has been identified (-104)');
  expect(await plan('status cno 1\n')).toBe(3);
  expect(await plan('param $p as integer\nping $p\n')).toBe(2);
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

// What a run leaves behind: its commands and results, whatever ends it, within bounds, and never a secret.
import { beforeEach, expect, it } from 'vitest';
import { checkScript, type Outcome, runScript } from '../../../src/language/program.ts';
import { SourceText } from '../../../src/language/tree/source-text.ts';
import { filesByRun, keptRunsMax } from '../../../src/runtime/runs/run-format.ts';
import { findRun, listRuns } from '../../../src/runtime/runs/run-history.ts';
import { RunJournal, type RunJournalParts } from '../../../src/runtime/runs/run-journal.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { IdleClock, ScriptedHost } from '../../language/scripted-host.ts';

const here = { processId: 7, identity: 'this boot 1' };
let storage: MemoryStorage;
let clock: ManualClock;
let random: SeededRandom;
let alive: string[];
let warnings: string[];

beforeEach(() => {
  storage = new MemoryStorage();
  clock = new ManualClock();
  random = new SeededRandom(1);
  alive = [here.identity];
  warnings = [];
});

const isRunning: RunJournalParts['isRunning'] = (owner) => alive.includes(owner.identity);

function begin(script: string): Promise<RunJournal> {
  const warn = (line: string): void => void warnings.push(line);
  return RunJournal.begin(script, { storage, clock, random, owner: here, isRunning, warn });
}

async function run(text: string, host = new ScriptedHost()): Promise<{ runId: string; outcome: Outcome }> {
  const { script } = checkScript(new SourceText('sales.dtcl', text));
  if (script === undefined) throw new Error('does not check');
  const journal = await begin('sales.dtcl');
  const outcome = await journal.record(host, (journalled) =>
    runScript(script, { host: journalled, clock: new IdleClock() }),
  );
  return { runId: journal.runId, outcome };
}

it('keeps every command with its resolved options and its result', async () => {
  const { runId } = await run('source alpha\n$con = connect sales to beta map exact\nwait for mirror $con\n');
  const details = await findRun(storage, runId.slice(-12), isRunning);
  expect(details).toMatchObject({ script: 'sales.dtcl', state: 'completed', exitCode: 0, commands: 3 });
  const shown = details.entries.flatMap((one) => {
    if (one.type === 'command') return [`${one.number} line ${one.line}: ${one.text}`];
    return one.type === 'result' ? [`${one.number} = ${one.value}`] : [];
  });
  expect(shown[0]).toBe('1 line 1: SOURCE alpha');
  expect(shown[2]).toMatch(/^2 line 2: CONNECT sales TO beta MAP EXACT MIRROR ATTRIBUTES DELTA ORPHANS DELETE/);
  expect(shown[3]).toBe('2 = 1');
  expect(shown[4]).toBe('3 line 3: WAIT FOR MIRROR 1 TIMEOUT FOREVER');
});

it('says what a command failed of, and how the run ended', async () => {
  const host = new ScriptedHost();
  host.answers.set('ping', new Error('a defect'));
  await expect(run('ping alpha\n', host)).rejects.toThrow('a defect');
  const { runId } = await run('fail "not good"\n');
  expect(await findRun(storage, runId, isRunning)).toMatchObject({ state: 'failed', exitCode: 1, message: 'not good' });
  const { runs } = await listRuns(storage, isRunning);
  expect(runs.map((one) => one.state)).toEqual(['failed', 'failed']);
});

it('a run whose process is gone is interrupted, however it went; one whose process is there is running', async () => {
  const journal = await begin('sales.dtcl');
  const host = new ScriptedHost();
  host.answers.set('ping', () => new Promise(() => undefined));
  const { script } = checkScript(new SourceText('sales.dtcl', 'ping alpha\n'));
  if (script === undefined) throw new Error('does not check');
  void journal.record(host, (journalled) => runScript(script, { host: journalled, clock: new IdleClock() }));
  await expect.poll(() => host.requests.length).toBe(1);
  expect((await findRun(storage, journal.runId, isRunning)).state).toBe('running');
  alive = [];
  // What was not durable is gone, and a part of a line may be left.
  storage.crash(20);
  const details = await findRun(storage, journal.runId, isRunning);
  expect(details).toMatchObject({ state: 'interrupted', exitCode: null, endedMs: null, commands: 1 });
  expect(details.entries).toMatchObject([{ type: 'command', text: 'PING alpha' }]);
});

it('that a command began is durable before it is carried out', async () => {
  const host = new ScriptedHost();
  let seen: string | undefined;
  host.answers.set('ping', async () => {
    storage.crash();
    const { runs } = await listRuns(storage, isRunning);
    seen = runs[0] && `${runs[0].state}, ${runs[0].commands} commands`;
    return 1;
  });
  await run('ping alpha\n', host);
  expect(seen).toBe('running, 1 commands');
  expect(warnings).toHaveLength(1);
});

it('a disk that refuses does not stop the run; it is said once', async () => {
  storage = new MemoryStorage({ spaceBytes: 400 });
  const { outcome } = await run('ping alpha\nping alpha\nping alpha\n');
  expect(outcome.kind).toBe('completed');
  expect(warnings).toEqual([expect.stringContaining('warning: the journal of this run ends here: ')]);
});

it('keeps the newest runs, and those that still run', async () => {
  const running = await begin('long.dtcl');
  let removed = 0;
  for (let index = 0; index < 2 * keptRunsMax; index++) {
    await clock.advance(1);
    const before = await filesByRun(storage);
    const { runId } = await run('write 1\n');
    const after = await filesByRun(storage);
    if (after.size > before.size) continue;
    // This one has looked for old runs: the newest are left, itself among them, and the one that still runs.
    removed += before.size + 1 - after.size;
    expect([...after.keys()]).toEqual([running.runId, ...[...before.keys(), runId].slice(-keptRunsMax)]);
  }
  expect(removed).toBeGreaterThan(keptRunsMax / 2);
});

it('a run of many commands keeps its beginning and its newest', async () => {
  const { runId } = await run(`$s = "${'x'.repeat(4000)}"\nfor $i = 1 to 2000 do\nlogin alpha $s $s\nend\n`);
  const details = await findRun(storage, runId, isRunning);
  expect(details).toMatchObject({ state: 'completed', commands: 2000 });
  expect(details.entries[0]).toMatchObject({ number: 1 });
  expect(details.entries.length).toBeLessThan(2000);
  expect(await storage.list('runs')).toHaveLength(4);
});

it('refuses the journal of a newer program, and lists the others', async () => {
  const { runId } = await run('write 1\n');
  const name = `runs/${runId}/00000001.log`;
  const text = ((await storage.read(name)) ?? Buffer.alloc(0)).toString('utf8');
  expect(text.split('\n')[0]).toContain('"version":1');
  const { crc32 } = await import('node:zlib');
  const newer = '{"type":"run","version":2}';
  await storage.replace(name, Buffer.from(`${crc32(newer).toString(16).padStart(8, '0')} ${newer}\n`));
  await run('write 1\n');
  const { runs, refused } = await listRuns(storage, isRunning);
  expect(runs).toHaveLength(1);
  expect(refused).toMatchObject([{ code: 'FILE-NEWER', hint: expect.stringContaining('newer version') }]);
});

it('never holds a secret', async () => {
  await run('$s = secret("hunter2")\nlogin alpha root $s\nlogin alpha root "hunter2"\n');
  for (const name of await storage.list(''))
    expect((await storage.read(name))?.toString('utf8')).not.toContain('hunter2');
});

// `understudy run` as a function, with embedded servers that are fakes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { packageVersion } from '../../src/cli/package-version.ts';
import { type RunRequest, run } from '../../src/cli/verbs/run.ts';
import type { TaskReport } from '../../src/model/stream/task.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { RunJournal } from '../../src/runtime/runs/run-journal.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { type FakeServer, fakeServer } from '../support/fake-server.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

const clock = new SystemClock();
let folder: string;
let commandLine: RecordedCommandLine;
let servers: Map<string, FakeServer>;
let eventLogs: Map<string, EventLog>;
let stopped: string[];
let prepare: (server: FakeServer) => void;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-run-'));
  commandLine = new RecordedCommandLine();
  servers = new Map();
  eventLogs = new Map();
  stopped = [];
  prepare = () => undefined;
});

afterEach(() => rmSync(folder, { recursive: true }));

function runText(text: string | Uint8Array, more: Partial<RunRequest> = {}): Promise<number> {
  const file = join(folder, 'script.dtcl');
  writeFileSync(file, text);
  const storage = new MemoryStorage();
  const request = { file, parameters: {}, home: join(folder, 'home'), json: false, stay: false, ...more };
  const parts = {
    clock,
    openStorage: async () => storage,
    makeEmbedded: async (name: string) => {
      const server = fakeServer(name);
      prepare(server);
      const eventLog = await EventLog.open(new MemoryStorage(), clock, silentLog);
      servers.set(name, server);
      eventLogs.set(name, eventLog);
      return { server, eventLog, stop: async () => void stopped.push(name) };
    },
    beginJournal: (script: string, where: Storage, warn: (line: string) => void) => {
      const owner = { processId: 1, identity: 'test' };
      const random = new SeededRandom(1);
      return RunJournal.begin(script, { storage: where, clock, random, owner, isRunning: () => true, warn });
    },
  };
  return run(request, parts, commandLine);
}

const connect = `source alpha
repset create sales
repset rule add "/srv/sales" include to sales
repset save
$con = connect sales to beta map exact
`;

describe('a script that does not check', () => {
  it('shows every error in one go with code, line, caret and fix, and runs nothing', async () => {
    const code = await runText('source alpha\nstatus con $cno\nwait 5 KB\nrepset rule add\n');
    expect(code).toBe(3);
    const text = commandLine.notes.join('\n');
    expect(text.match(/^error\[U\d{4}\]/gm)?.length).toBeGreaterThanOrEqual(3);
    expect(text).toMatch(/script\.dtcl:2:\d+/);
    expect(text).toMatch(/\^\^\^\^/);
    expect(text).toMatch(/= fix: /);
    expect(servers.size).toBe(0);
  });

  it('is one diagnostic when it is not UTF-8', async () => {
    expect(await runText(Buffer.from([0x77, 0xff, 0xfe]))).toBe(3);
    expect(commandLine.notes.filter((line) => line.startsWith('error['))).toEqual([
      'error[U0101]: the text is not UTF-8',
    ]);
  });
});

describe('a script in which nothing stands', () => {
  it.each(['', '\n', '  # nothing\r\n\t\n# at all'])('succeeds: %j', async (text) => {
    expect(await runText(text)).toBe(0);
    expect([...commandLine.output, ...commandLine.notes]).toEqual([]);
  });

  it('has no parameters', async () => {
    expect(await runText('# nothing', { parameters: { target: 'beta' } })).toBe(2);
  });

  it.each(['# one line ends here\rWRITE "seen"', '#\n\n\n   WRITE "seen" # so', '\ufeffWRITE "seen"'])(
    'is no other: %j',
    async (text) => {
      expect(await runText(text)).toBe(0);
      expect(commandLine.output).toEqual(['seen']);
    },
  );
});

it('notes a new server beside those of earlier runs, because its name may be a slip', async () => {
  mkdirSync(join(folder, 'home', 'servers', 'beta'), { recursive: true });
  expect(await runText('source beta\nsource bteta\nsource bteta\n')).toBe(0);
  expect(commandLine.notes).toEqual(['note: bteta is a new server, made in this home; did you mean beta?']);
});

describe('an embedded run', () => {
  it('makes a server on first use, whatever its letter case, and stops all of them at the end', async () => {
    expect(await runText(`${connect}source ALPHA\nversion\n`)).toBe(0);
    expect([...servers.keys()]).toEqual(['alpha', 'beta']);
    expect(stopped.sort()).toEqual(['alpha', 'beta']);
  });

  it('brings its connections to a clean stop and says so', async () => {
    const running = runText(`${connect}write "connected"\nwait for mirror $con\n`);
    await commandLine.printed(/^connected$/);
    servers.get('alpha')?.mirrored('job-1');
    expect(await running).toBe(0);
    expect(servers.get('alpha')?.callsOf('jobs.disconnect')).toEqual([['job-1']]);
    expect(commandLine.notes).toEqual(['Connection 1 (sales to beta) came to a clean stop: the replica is /srv/sales']);
  });

  describe('with a task in the stream', () => {
    const queue = `${connect}queuetask nightly to beta onexecute = "/bin/true" timeout = 0\n`;

    /** The target says these states of the task, one after the other, and the last from then on. */
    function ending(text: string, ...states: TaskReport['state'][]): Promise<number> {
      prepare = (server) => {
        const list = (): readonly TaskReport[] => {
          const at = servers.get('alpha')?.calls.findIndex(([name]) => name === 'tasks.queue') ?? -1;
          if (at < 0 || server.name !== 'beta') return [];
          const state = (states.length > 1 ? states.shift() : states[0]) ?? 'queued';
          const reason = state === 'failed' ? 'exit code 3' : '';
          return [{ taskId: `task-${at + 1}`, name: 'nightly', point: 'onexecute', state, reason }];
        };
        server.overrides = { tasks: { list } };
      };
      return runText(text);
    }

    it('waits until it has ended, before anything else ends', async () => {
      expect(await ending(queue, 'queued', 'running', 'finished')).toBe(0);
      expect(commandLine.notes.filter((line) => line.includes('task'))).toEqual([]);
    });

    it('has failed when the task has', async () => {
      expect(await ending(queue, 'detached', 'failed')).toBe(1);
      expect(commandLine.notes[0]).toBe('error: task nightly at ONEXECUTE failed: exit code 3');
    });

    it('also when the script has ended the connection by itself', async () => {
      expect(await ending(`${queue}disconnect $con\n`, 'running', 'failed')).toBe(1);
      expect(commandLine.notes).toContain('error: task nightly at ONEXECUTE failed: exit code 3');
    });

    it('ends as the script says with EXIT, and the task is told all the same', async () => {
      expect(await ending(`${queue}exit 0\n`, 'failed')).toBe(0);
      expect(commandLine.notes[0]).toBe('error: task nightly at ONEXECUTE failed: exit code 3');
    });
  });

  it('says when a replica is not whole', async () => {
    await runText(connect);
    expect(commandLine.notes).toEqual([
      'Connection 1 (sales to beta) ended in the middle of its mirror: the replica /srv/sales is not whole',
    ]);
  });

  it('leaves a connection alone that has failed over', async () => {
    const running = runText(`${connect}write "connected"\nwait for mirror $con\n`);
    await commandLine.printed(/^connected$/);
    servers.get('alpha')?.changed('job-1', (report) => ({ ...report, failedOver: true }));
    servers.get('alpha')?.mirrored('job-1');
    expect(await running).toBe(0);
    expect(servers.get('alpha')?.callsOf('jobs.disconnect')).toEqual([]);
    expect(commandLine.notes[0]).toContain('has failed over: the live copy is /srv/sales');
  });

  it('fails when a connection does not come to a clean stop', async () => {
    const running = runText(`${connect}write "connected"\nwait for mirror $con\nwrite "mirrored"\nwait 50ms\n`);
    await commandLine.printed(/^connected$/);
    servers.get('alpha')?.mirrored('job-1');
    await commandLine.printed(/^mirrored$/);
    const alpha = servers.get('alpha');
    const disconnect = (): Promise<void> => Promise.reject(new Error('the target is gone'));
    if (alpha !== undefined) alpha.overrides = { jobs: { disconnect } };
    expect(await running).toBe(1);
    expect(commandLine.notes[0]).toContain('did not come to a clean stop: the target is gone');
    expect(stopped).toHaveLength(2);
  });

  describe('that is interrupted', () => {
    const waiting = `${connect}write "connected"\nwait for mirror $con\nwrite "mirrored"\n`;
    let [asked, applied] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

    beforeEach(() => {
      [asked, applied] = [Promise.withResolvers(), Promise.withResolvers()];
    });

    /** The connection has 1,234 operations that its target has not applied, and ends when `applied` is resolved. */
    async function untilMirrored(text: string): Promise<{ readonly ended: Promise<number> }> {
      prepare = (server) => {
        const disconnect = (): Promise<void> => {
          asked.resolve();
          return applied.promise;
        };
        server.overrides = { jobs: { disconnect } };
      };
      const ended = runText(text);
      await commandLine.printed(/^connected$/);
      const sequence = { head: 2234, durable: 2000, applied: 1000 };
      servers.get('alpha')?.changed('job-1', (report) => ({ ...report, sequence }));
      servers.get('alpha')?.mirrored('job-1');
      await commandLine.printed(/^mirrored$/);
      return { ended };
    }

    const stopping =
      'interrupted: connection 1 (sales to beta) is brought to a clean stop, 1,234 operations wait on beta; Ctrl-C again leaves at once';

    it('says at once what is waited for while its script runs', async () => {
      const { ended } = await untilMirrored(`${waiting}wait 1 hour\n`);
      commandLine.interrupt();
      await commandLine.printed(/^interrupted/);
      expect(commandLine.notes[0]).toBe(stopping);
      applied.resolve();
      expect(await ended).toBe(5);
    });

    it('says so when it is at its end', async () => {
      const { ended } = await untilMirrored(waiting);
      await asked.promise;
      expect(commandLine.notes).toEqual([]);
      commandLine.interrupt();
      await commandLine.printed(/^interrupted/);
      expect(commandLine.notes).toEqual([stopping]);
      applied.resolve();
      expect(await ended).toBe(0);
    });

    it('says which replicas are not up to date when it is told to leave at once', async () => {
      const { ended } = await untilMirrored(`${waiting}wait 1 hour\n`);
      commandLine.interrupt();
      await commandLine.printed(/^interrupted/);
      commandLine.leave();
      expect(commandLine.notes.at(-1)).toBe(
        'left at once: the replica of connection 1 (sales to beta) is not up to date: /srv/sales',
      );
      applied.resolve();
      await ended;
      const before = commandLine.notes.length;
      commandLine.leave();
      expect(commandLine.notes).toHaveLength(before);
    });

    it('says that a mirror ends in its middle', async () => {
      const ended = runText(`${connect}write "connected"\nwait for mirror $con\n`);
      await commandLine.printed(/^connected$/);
      commandLine.interrupt();
      await ended;
      expect(commandLine.notes[0]).toBe(
        'interrupted: connection 1 (sales to beta) ends in the middle of its mirror; Ctrl-C again leaves at once',
      );
    });
  });

  it('shows events that matter, and not the others', async () => {
    const running = runText('source alpha\nwrite "here"\nwait 50ms\n');
    await commandLine.printed(/^here$/);
    eventLogs.get('alpha')?.emit(4000, { server: 'alpha' });
    eventLogs.get('alpha')?.emit(5021, { set: 'sales', reason: 'it broke' });
    expect(await running).toBe(0);
    expect(commandLine.notes).toEqual(['alpha: error 5021: Capture of sales failed: it broke']);
  });

  it('stays until Ctrl-C when asked to', async () => {
    const running = runText('source alpha\n', { stay: true });
    await commandLine.printed(/stay until Ctrl-C/);
    expect(stopped).toEqual([]);
    commandLine.interrupt();
    expect(await running).toBe(0);
    expect(stopped).toEqual(['alpha']);
  });
});

describe('the exit code', () => {
  it.each([
    ['write "x"', 0],
    ['exit 7', 7],
    ['fail "no"', 1],
    ['version', 1],
    ['param $target as string\nwrite $target', 2],
  ])('of %j is %i', async (text, code) => {
    expect(await runText(text)).toBe(code);
  });

  it('of an interrupted script is 5, and its servers are stopped', async () => {
    const running = runText(`${connect}write "here"\nwait for mirror $con\n`);
    await commandLine.printed(/^here$/);
    commandLine.interrupt();
    expect(await running).toBe(5);
    expect(stopped).toHaveLength(2);
  });

  it('of a failed command comes with place, cause and what to do next, and no stack', async () => {
    await runText('version\n');
    const text = commandLine.notes.join('\n');
    expect(text).toContain('no source has been identified (-104)');
    expect(text).toContain('SOURCE server');
    expect(text).not.toMatch(/^\s+at /m);
  });
});

it('prints one JSON object per line when asked to', async () => {
  const text = `param $who as string\nsource alpha\nwrite "hello $who"\n$v = version\nfail "no"\n`;
  expect(await runText(text, { json: true, parameters: { who: 'world' } })).toBe(1);
  const objects = commandLine.output.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(objects).toMatchObject([
    { type: 'run', runId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    { type: 'result', command: 'source', line: 2 },
    { type: 'write', text: 'hello world' },
    { type: 'write', text: `alpha runs version ${packageVersion()}` },
    { type: 'result', command: 'version', value: packageVersion() },
    { type: 'diagnostic', severity: 'error', message: 'no' },
    { type: 'end', exitCode: 1 },
  ]);
  expect(commandLine.notes).toEqual([]);
});

it('prints each record of a table as an object when asked for JSON, and its lines otherwise', async () => {
  const text = 'write table [{name: "a", free: 1 KB}, {name: "b"}]\nwrite "x"\n';
  expect(await runText(text, { json: true })).toBe(0);
  expect(commandLine.output.slice(1, -1).map((line) => JSON.parse(line))).toEqual([
    { type: 'record', record: { name: 'a', free: 1024 } },
    { type: 'record', record: { name: 'b' } },
    { type: 'write', text: 'x' },
  ]);
  commandLine.output.length = 0;
  expect(await runText(text)).toBe(0);
  expect(commandLine.output).toEqual(['name  free', 'a     1 KB', 'b', 'x']);
});

it('removes the schedules of a run with the run, and warns when one is made', async () => {
  expect(await runText('source alpha\nschedule nightly cron "0 2 * * *" do\n  version\nend\n')).toBe(0);
  expect(commandLine.output[0]).toContain('warning: schedule nightly lives as long as this run');
  expect(servers.get('alpha')?.callsOf('schedules.remove')).toEqual([['nightly']]);
});

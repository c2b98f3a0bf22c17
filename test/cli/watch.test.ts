// `understudy status --watch`: a live screen, of any size, that leaves the terminal as it was.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { LiveTerminal } from '../../src/cli/terminal/live-screen.ts';
import { Watch } from '../../src/cli/verbs/server/watch.ts';
import type { JobReport } from '../../src/model/report.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { connected, type FakeServer, fakeServer, served } from '../support/fake-server.ts';
import { requireProgram } from '../support/packages.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';
import { terminalPicture } from '../support/terminal-picture.ts';
import { TerminalWindow } from '../support/terminal-window.ts';

const program = join(import.meta.dirname, '../../bin/understudy.js');
const gib = 1_073_741_824;
let fake: FakeServer;

beforeEach(() => {
  fake = fakeServer('alpha');
});

async function job(name: string, changes: (report: JobReport) => Partial<JobReport>): Promise<string> {
  const jobId = await connected(fake, name);
  fake.changed(jobId, (report) => ({ ...report, ...changes(report) }));
  return jobId;
}

const quiet = ({ mirror, replication }: JobReport): Partial<JobReport> => ({
  mirror: { ...mirror, status: 'Idle', queuedBytes: 0, completed: 1 },
  replication: { ...replication, queuedBytes: 0, queuedOperations: 0 },
  targetState: 'OK',
  behindSinceMs: null,
  verification: { running: null, last: { finishedMs: Date.parse('2026-01-01T00:00:00Z'), differences: 0 } },
});

const mirroring = (report: JobReport): Partial<JobReport> => ({
  ...quiet(report),
  mirror: {
    ...report.mirror,
    progress: { doneBytes: 2 * gib, totalBytes: 5 * gib, doneFiles: 120, totalFiles: 300 },
  },
  targetState: 'Mirroring',
  health: 'warning',
  behindSinceMs: Date.parse('2026-01-01T00:00:01Z') - 12_345,
  verification: { running: null, last: null },
  additional: 'the target has refused 3 objects',
});

/** A terminal without one: what is drawn is kept, keys are typed by the test. */
class DrawnTerminal implements LiveTerminal {
  readonly written: string[] = [];
  columns = 80;
  rows = 24;
  type: (key: string) => void = () => undefined;
  resized: () => void = () => undefined;
  isListening = false;
  readonly write = (text: string): void => void this.written.push(text);
  readonly size = () => ({ columns: this.columns, rows: this.rows });
  readonly listen = (resized: () => void, typed: (key: string) => void): (() => void) => {
    Object.assign(this, { resized, type: typed, isListening: true });
    return () => {
      this.isListening = false;
    };
  };
  readonly atExit = () => () => undefined;

  /** The rows that were drawn last. */
  screen(): string[] {
    const drawn = this.written.findLast((text) => text.startsWith('\u001b[H')) ?? '';
    return drawn
      .replace('\u001b[H', '')
      .replace('\u001b[J', '')
      .split('\r\n')
      .map((row) => row.replace('\u001b[K', ''));
  }
}

it('looks as the page on monitoring shows it', async () => {
  const clock = new ManualClock();
  const terminal = new DrawnTerminal();
  terminal.rows = 14;
  await job('sales', quiet);
  await job('archive of the whole house', mirroring);
  const commandLine = new RecordedCommandLine({ FORCE_COLOR: '1', TZ: 'UTC' });
  const ended = new Watch(fake, clock, terminal, commandLine).run();
  await clock.advance(1);
  const picture = terminalPicture('status --watch in a terminal', terminal.screen(), terminal.columns);
  terminal.type('q');
  await clock.advance(1000);
  await ended;
  await expect(picture).toMatchFileSnapshot('../../docs/images/status-watch.svg');
});

describe('the screen', () => {
  let clock: ManualClock;
  let terminal: DrawnTerminal;
  let commandLine: RecordedCommandLine;
  let ended: Promise<number>;

  beforeEach(() => {
    clock = new ManualClock();
    terminal = new DrawnTerminal();
    commandLine = new RecordedCommandLine({ NO_COLOR: '1', TZ: 'UTC' });
  });

  const begin = async (): Promise<void> => {
    ended = new Watch(fake, clock, terminal, commandLine).run();
    await clock.advance(1);
  };

  afterEach(async () => {
    terminal.type('q');
    await clock.advance(1000);
    expect(await ended).toBe(0);
    expect(terminal.written.at(-1)).toBe('\u001b[?25h\u001b[?1049l');
    expect(terminal.isListening).toBe(false);
  });

  it('shows state, queue, rate, lag, the last verification and what is open in 80 columns and 24 rows', async () => {
    await job('sales', quiet);
    const id = await job('archive of the whole house', mirroring);
    await begin();
    const moved = (doneBytes: number): void =>
      fake.changed(id, (report) => ({
        ...report,
        mirror: {
          ...report.mirror,
          sentBytes: report.mirror.sentBytes + 100 * 1_048_576,
          progress: { doneBytes, totalBytes: 5 * gib, doneFiles: 121, totalFiles: 300 },
        },
      }));
    moved(2 * gib + 500 * 1_048_576);
    await clock.advance(1000);
    expect(terminal.written[0]).toBe('\u001b[?1049h\u001b[?25l');
    const screen = terminal.screen();
    expect(screen).toHaveLength(24);
    for (const row of screen) expect(row.length).toBeLessThan(80);
    expect(
      screen
        .map((row) => row.trimEnd())
        .join('\n')
        .replace(/\d{4}-\d\d-\d\d [\d:]+ \S+/, 'NOW'),
    ).toMatchInlineSnapshot(`
      "alpha  understudy 0.1.0, up 1s, 3.0 GB of 40 GB free  NOW
      2 connections: 1 healthy, 1 warning

      1 sales  alpha -> beta  healthy
        ready, replica OK, lag 0s
        queue empty, verified 1s ago: the same

      2 archive of the whole house  alpha -> beta  warning
        mirror in progress, replica Mirroring, lag 12s, 100 MB/s
        queue 20 B in 0 operations, not verified yet
        [#######.........] mirror: 49 %, 5s left, 2.5 GB of 5.0 GB, 121 of 300 files
        the target has refused 3 objects











      q: end"
    `);
  });

  it('shows what does not fit by Up and Down, and fits any size', async () => {
    for (let number = 1; number <= 12; number++) await job(`job ${number}`, mirroring);
    await begin();
    expect(terminal.screen().join('\n')).toMatch(/1 job 1 [\s\S]*9 more connections; Up and Down show them, q: end$/);
    for (let press = 0; press < 3; press++) terminal.type('\u001b[B');
    expect(terminal.screen().join('\n')).toMatch(/12 connections: 12 warning\s+4 job 4 /);
    for (const [columns, rows] of [
      [40, 10],
      [10, 3],
      [200, 100],
    ] as const) {
      Object.assign(terminal, { columns, rows });
      terminal.resized();
      expect(terminal.screen()).toHaveLength(rows);
      for (const row of terminal.screen()) expect(row.length).toBeLessThan(columns);
    }
  });

  it('says that the server is gone, for how long, and that it is back', async () => {
    await job('sales', quiet);
    await begin();
    fake.goDown();
    await clock.advance(5000);
    expect(terminal.screen().join('\n')).toMatch(/^No answer for [45]s: nothing listens there/m);
    expect(terminal.screen().join('\n')).toContain('1 sales');
    fake.down = undefined;
    await clock.advance(1000);
    expect(terminal.screen().join('\n')).not.toContain('No answer');
    fake.overrides = { information: { report: () => new Promise<never>(() => undefined) } };
    await clock.advance(8000);
    expect(terminal.screen().join('\n')).toMatch(/^No answer for [78]s: the server is busy/m);
  });
});

it('leaves by SIGTERM as the interruption of a verb', async () => {
  const terminal = new DrawnTerminal();
  const commandLine = new RecordedCommandLine({});
  const ended = new Watch(fake, new ManualClock(), terminal, commandLine).run();
  commandLine.interrupt();
  expect(await ended).toBe(5);
  expect(terminal.written.at(-1)).toBe('\u001b[?25h\u001b[?1049l');
});

describe('in a terminal', () => {
  let folder: string;
  let close: () => Promise<void>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'understudy-watch-'));
    mkdirSync(join(folder, 'home'));
    close = await serve();
  });

  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  function serve(): Promise<() => Promise<void>> {
    return served(fake, join(folder, 'home'));
  }

  const words = (): readonly string[] => [
    process.execPath,
    program,
    'status',
    '--watch',
    '--home',
    join(folder, 'home'),
  ];

  it('is one clear error where there is no terminal', async () => {
    const commandLine = new RecordedCommandLine({});
    expect(await runProgram(words().slice(2), commandLine)).toBe(3);
    expect(commandLine.notes).toEqual([expect.stringMatching(/^error: --watch needs a terminal; /)]);
    expect(await runProgram([...words().slice(2), '--json'], commandLine)).toBe(3);
  });

  it.runIf(requireProgram('tmux'))(
    'draws, resizes, loses and finds its server, and gives the terminal back',
    async () => {
      await job('sales', mirroring);
      const window = TerminalWindow.sized(
        { columns: 80, rows: 24 },
        'env',
        '-u',
        'NO_COLOR',
        'FORCE_COLOR=1',
        ...words(),
      );
      await window.shows(/\[#{6}\.{10}\] mirror: 40 %, 2\.0 GB of 5\.0 GB, 120 of 300 files/);
      expect(window.state()).toEqual({ isAlternate: true, isCursorSeen: false });
      expect(window.colouredScreen()).toContain('\u001b[33mwarning');
      window.resize({ columns: 50, rows: 10 });
      await window.shows(/^ {2}\[#{6}\.{10}\] mirror: .*…$/m);
      await close();
      await window.shows(/^No answer for \d+s: /m);
      close = await serve();
      await window.shows(/^1 connection: 1 warning\n\n1 sales/m);
      window.press('C-c');
      expect(await window.ended()).toBe(0);
      expect(window.state()).toEqual({ isAlternate: false, isCursorSeen: true });
      const killed = TerminalWindow.sized({ columns: 80, rows: 24 }, ...words());
      await killed.shows(/1 sales/);
      for (const processId of killed.programs()) process.kill(processId, 'SIGTERM');
      expect(await killed.ended()).toBe(5);
      expect(killed.state()).toEqual({ isAlternate: false, isCursorSeen: true });
      expect(killed.screen()).not.toContain('1 sales');
    },
  );
});

// While a command lasts, somebody who looks is told how far it is.
import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandRequest } from '../../src/language/values/host.ts';
import { roughDuration, roughSize } from '../../src/runtime/text/amounts.ts';
import { Pace } from '../../src/runtime/text/pace.ts';
import { type Progress, progressText } from '../../src/runtime/text/progress-text.ts';
import { CommandRig } from '../support/command-rig.ts';

const mib = 1_048_576;
let rig: CommandRig;
let shown: string[];
let over: string[];

beforeEach(async () => {
  rig = new CommandRig();
  [shown, over] = [[], []];
  rig.progress = {
    show: (_request: CommandRequest, progress: Progress) => void shown.push(progressText(progress)),
    over: ({ command }: CommandRequest) => void over.push(command),
  };
  rig.host = rig.newHost();
  await rig.connected();
  over.length = 0;
});

const job = (): string => [...rig.server('alpha').jobReports.keys()][0] ?? '';

it('a mirror that is waited for shows percent, bytes, files, rate and the time that is left, four times a second', async () => {
  const alpha = rig.server('alpha');
  const walked = (doneBytes: number, doneFiles: number): void =>
    alpha.changed(job(), (report) => ({
      ...report,
      mirror: { ...report.mirror, progress: { doneBytes, totalBytes: 100 * mib, doneFiles, totalFiles: 50 } },
    }));
  walked(0, 0);
  const waiting = rig.run('wait.mirror', { connection: 1, timeout: 'forever' });
  await rig.clock.advance(200);
  expect(shown).toEqual([]);
  await rig.clock.advance(1000);
  expect(shown).toHaveLength(4);
  expect(shown.at(-1)).toBe('mirror of connection 1: 0 %, 0 B of 100 MB, 0 of 50 files');
  walked(30 * mib, 15);
  await rig.clock.advance(1000);
  expect(shown.at(-1)).toMatch(
    /^mirror of connection 1: 30 %, [4567]s left, 1\d MB\/s, 30 MB of 100 MB, 15 of 50 files$/,
  );
  const applied = (sequence: number): void =>
    alpha.changed(job(), ({ mirror, ...report }) => {
      const { progress: _, ...rest } = mirror;
      const sequences = { head: 200_000, durable: 200_000, applied: sequence };
      return { ...report, sequence: sequences, mirror: { ...rest, status: 'Waiting', queuedBytes: 0 } };
    });
  applied(100_000);
  await rig.clock.advance(250);
  expect(shown.at(-1)).toBe('mirror of connection 1: the target applies it, 100,000 operations wait');
  applied(120_000);
  await rig.clock.advance(1000);
  expect(shown.at(-1)).toBe('mirror of connection 1: the target applies it, 80,000 operations wait, 4s left');
  alpha.mirrored(job());
  await waiting;
  expect(over).toEqual(['wait.mirror']);
  const { length } = shown;
  await rig.clock.advance(5000);
  expect(shown).toHaveLength(length);
});

it('the time that is left of empty files is that of their number', async () => {
  const walked = (doneFiles: number): void =>
    rig.server('alpha').changed(job(), (report) => ({
      ...report,
      mirror: { ...report.mirror, progress: { doneBytes: 0, totalBytes: 0, doneFiles, totalFiles: 5000 } },
    }));
  walked(0);
  const waiting = rig.run('wait.mirror', { connection: 1, timeout: 'forever' });
  await rig.clock.advance(250);
  walked(1000);
  await rig.clock.advance(1000);
  expect(shown.at(-1)).toBe('mirror of connection 1: 20 %, 4s left, 1000 of 5000 files');
  rig.server('alpha').mirrored(job());
  await waiting;
});

it('a verification, a failover and a revert show theirs', async () => {
  const stuck = new Promise<never>(() => undefined);
  rig.server('alpha').overrides = { jobs: { verify: () => stuck } };
  rig.server('beta').overrides = { jobs: { failover: () => stuck, report: () => beta() } };
  let beta = () => ({ ...rig.server('alpha').jobOf(job()), replication: queued(10 * mib, 100) });
  const queued = (queuedBytes: number, queuedOperations: number) => ({
    ...rig.server('alpha').jobOf(job()).replication,
    queuedBytes,
    queuedOperations,
  });
  rig.server('alpha').changed(job(), (report) => ({
    ...report,
    mirror: { ...report.mirror, queuedBytes: 0 },
    verification: { running: { doneBytes: mib, totalBytes: null, doneFiles: 7, totalFiles: null }, last: null },
  }));
  void rig.run('verify', { connection: 1 });
  await rig.clock.advance(250);
  expect(shown).toEqual(['verification of connection 1: 1.0 MB, 7 files']);
  void rig.run('failover', { connection: 1 });
  await rig.clock.advance(250);
  expect(shown).toContain('queue of connection 1: 100 operations wait, 0 %, 0 B of 10 MB');
  beta = () => ({ ...rig.server('alpha').jobOf(job()), replication: queued(5 * mib, 50) });
  await rig.clock.advance(1000);
  expect(shown.at(-1)).toMatch(
    /^queue of connection 1: 50 operations wait, 50 %, 1s left, [\d.]+ MB\/s, 5\.0 MB of 10 MB$/,
  );
});

it('a command that fails shows no progress for longer, and asks nothing of servers when nobody looks', async () => {
  rig.server('alpha').overrides = { jobs: { verify: () => Promise.reject(new Error('no')) } };
  await expect(rig.run('verify', { connection: 1 })).rejects.toThrow('no');
  expect(over).toEqual(['verify']);
  rig.progress = undefined;
  rig.host = rig.newHost();
  await rig.run('source', { server: 'alpha' });
  const waiting = rig.run('wait.mirror', { connection: 1, timeout: 'forever' });
  await rig.clock.advance(1000);
  const before = rig.server('alpha').callsOf('jobs.report').length;
  await rig.clock.advance(10_000);
  expect(rig.server('alpha').callsOf('jobs.report')).toHaveLength(before);
  rig.server('alpha').mirrored(job());
  await waiting;
  expect(shown).toEqual([]);
});

describe('amounts for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 KB'],
    [1536, '1.5 KB'],
    [10_188, '9.9 KB'],
    [10_240, '10 KB'],
    [1_048_576 * 999.6, '1.0 GB'],
    [5 * 1024 ** 5, '5.0 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(roughSize(bytes)).toBe(text);
  });

  it.each([
    [0, '0s'],
    [-5, '0s'],
    [1499, '1s'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [3_661_000, '1h 1m'],
    [90_000_000, '1d 1h'],
  ])('%d ms are %s', (ms, text) => {
    expect(roughDuration(ms)).toBe(text);
  });

  it('a pace is that of the last ten seconds, and of the new thing when one begins anew', () => {
    const pace = new Pace();
    expect(pace.at(0, 0)).toBe(null);
    expect(pace.at(500, 100)).toBe(null);
    expect(pace.at(1000, 100)).toBe(100);
    expect(pace.at(11_000, 1100)).toBe(100);
    expect(pace.at(21_000, 1100)).toBe(0);
    expect(pace.at(21_500, 5)).toBe(null);
    expect(pace.at(22_500, 1005)).toBe(1000);
  });
});

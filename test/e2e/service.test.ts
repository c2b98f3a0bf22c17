// A server as a service manager has it: told when it is ready, how it is and that it stops; logged to the journal; named.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { DatagramReceiver } from '../../scripts/package/datagram-receiver.ts';
import { Stage } from '../support/serve-process.ts';

/** A server of this stage, of which the standard error goes to a file that is said to be the journal. */
function serve(stage: Stage, environment: readonly string[]) {
  const journal = stage.path('journal');
  writeFileSync(journal, '');
  const { dev, ino } = statSync(journal, { bigint: true });
  const words = ['serve', '--name', 'alpha', '--home', stage.path('home'), '--listen', '127.0.0.1:0', '--json'];
  const child = stage.spawn('/bin/sh', [
    ...['-c', 'exec 2>"$1"; shift; exec "$@"', 'sh', journal],
    ...['env', `JOURNAL_STREAM=${dev}:${ino}`, ...environment, process.execPath, stage.entry, ...words],
  ]);
  return { child, ended: stage.finish(child), journal: () => readFileSync(journal, 'utf8') };
}

it('is told all of it', async () => {
  const stage = Stage.open();
  const receiver = new DatagramReceiver(`@${stage.path('notify')}`);
  onTestFinished(() => receiver.close());
  const { child, ended, journal } = serve(stage, [`NOTIFY_SOCKET=@${stage.path('notify')}`, 'WATCHDOG_USEC=100000']);
  const heard: string[][] = [];
  const listen = (): string[][] => {
    heard.push(...receiver.received());
    return heard;
  };
  await expect.poll(listen).toContainEqual(['READY=1', 'STATUS=Ready']);
  const well = ['READY=1', expect.stringMatching(/^STATUS=Links on 127\.0\.0\.1:\d+; no connections$/), 'WATCHDOG=1'];
  await expect.poll(() => listen().filter((lines) => lines.includes('WATCHDOG=1')).length).toBeGreaterThan(2);
  expect(heard[1]).toEqual(well);

  expect(readFileSync(`/proc/${child.pid}/comm`, 'utf8')).toBe('understudy\n');
  expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').replace(/[ \0]+$/, '')).toBe('understudy serve alpha');

  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ exitCode: 0 });
  expect(listen().at(-1)).toEqual(['STOPPING=1', 'STATUS=Stopping']);
  const lines = journal().trimEnd().split('\n');
  expect(lines.filter((line) => !/^<[3-6]>/.test(line))).toEqual([]);
  expect(journal()).toMatch(/^<6>.*alpha/m);
  expect(readFileSync(stage.path('home/logs/server.log'), 'utf8').trimEnd().split('\n').length).toBe(lines.length);
});

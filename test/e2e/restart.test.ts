// A server that is stopped in an orderly way loses nothing, and what it was to do it goes on doing: replication, queues,
// monitors and schedules are there again after the next start.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Pair, Stage } from '../support/serve-process.ts';
import { endWriter, startWriter } from './application.ts';

it('SIGTERM ends both servers cleanly, queues stay, and the next start goes on', async ({ annotate }) => {
  const pair = await Pair.open(Stage.open());
  const writer = await startWriter(pair, 3);
  await pair.connect('wait for mirror $con timeout 1 minute');
  const startedMs = performance.now();
  const target = await pair.target.terminate();
  const targetMs = performance.now() - startedMs;
  const source = await pair.source.terminate();
  await annotate(
    `the target stopped in ${targetMs.toFixed(0)} ms, both in ${(performance.now() - startedMs).toFixed(0)} ms`,
  );
  for (const ended of [target, source]) expect(ended).toMatchObject({ exitCode: 0, signal: null, notes: '' });
  appendFileSync(join(pair.workload, 'while nobody watched'), 'x');

  await Promise.all([pair.source.start(), pair.target.start()]);
  await pair.until(({ mirror }) => mirror.completed > 0);
  await endWriter(pair, writer);
  await pair.untilEqual();
  expect(await pair.source.events(4005)).toEqual(['The server alpha was stopped']);
});

it('a target that is stopped alone goes on with the same stream and without a mirror', async () => {
  const pair = await Pair.open(Stage.open());
  await pair.connect('wait for mirror $con timeout 1 minute');
  const writer = await startWriter(pair, 4);
  const before = await pair.until(({ sequence }) => sequence.applied > 50);
  expect(await pair.target.terminate()).toMatchObject({ exitCode: 0 });
  await pair.target.start();
  await endWriter(pair, writer);
  const after = await pair.untilEqual();
  const { streamId, mirror } = before;
  const reasons = (await Promise.all([5010, 5020, 5021, 5032].map((id) => pair.source.events(id)))).flat().join('\n');
  expect(after, reasons).toMatchObject({
    streamId,
    mirror: { completed: mirror.completed, sentBytes: mirror.sentBytes },
  });
});

it('a schedule runs, survives a restart of its server, and says what it missed', async () => {
  const stage = Stage.open();
  const server = await stage.server('alpha');
  const script = `schedule often cron "* * * * * *" timezone "Europe/Berlin" do
  version alpha
end
schedule list
`;
  expect(await stage.script(server, script)).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('Europe/Berlin'),
  });
  const runs = async (): Promise<number> => (await server.events(5090)).length;
  await expect.poll(runs).toBeGreaterThan(1);

  await server.kill();
  await new Promise((resolve) => setTimeout(resolve, 2100));
  await server.start();
  const [report] = await server.api.schedules.list();
  expect(report).toMatchObject({ specification: { name: 'often', timeZone: 'Europe/Berlin' } });
  expect(report?.missedRuns).toBeGreaterThan(0);
  expect(await server.events(5091)).toEqual([expect.stringMatching(/^Schedule often missed \d+ runs since /)]);
  const before = await runs();
  await expect.poll(runs).toBeGreaterThan(before);
  // At most the run that the kill ended.
  const failed = await server.events(5093);
  expect(failed.filter((message) => !message.includes('the server stopped while it ran'))).toEqual([]);
});

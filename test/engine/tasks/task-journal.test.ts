import { expect, test } from 'vitest';
import { TaskJournal } from '../../../src/engine/tasks/task-journal.ts';
import type { TaskReport } from '../../../src/model/stream/task.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';

function report(taskId: string, state: TaskReport['state'], reason = ''): TaskReport {
  return { taskId, name: `name of ${taskId}`, point: 'onexecute', state, reason };
}

test('the last word about each task and point holds, across openings', async () => {
  const storage = new MemoryStorage();
  const journal = await TaskJournal.open(storage, 'job');
  await journal.record(report('1', 'queued'));
  await journal.record(report('2', 'queued'));
  await journal.record({ ...report('1', 'queued'), point: 'onreceive' });
  await journal.record({ ...report('1', 'finished'), exitCode: 0, output: 'line\nanother é' });
  await journal.close();
  const again = await TaskJournal.open(storage, 'job');
  expect(again.reports()).toEqual([
    { ...report('1', 'finished'), exitCode: 0, output: 'line\nanother é' },
    report('2', 'queued'),
    { ...report('1', 'queued'), point: 'onreceive' },
  ]);
  await again.close();
});

test('what was recorded survives a power failure, and a torn end is cut off, wherever it is torn', async () => {
  for (let tornBytes = 0; tornBytes < 140; tornBytes += 1) {
    const storage = new MemoryStorage();
    const journal = await TaskJournal.open(storage, 'job');
    await journal.record(report('1', 'running'));
    // Appended, and never made durable.
    storage.failNextSync('EIO');
    await expect(journal.record(report('2', 'queued'))).rejects.toThrow();
    storage.crash(tornBytes);
    const again = await TaskJournal.open(storage, 'job');
    expect(again.find('1', 'onexecute')?.state).toBe('running');
    expect([undefined, 'queued']).toContain(again.find('2', 'onexecute')?.state);
    await again.record(report('3', 'queued'));
    await again.close();
    const third = await TaskJournal.open(storage, 'job');
    expect(third.find('3', 'onexecute')?.state).toBe('queued');
    await third.close();
  }
});

test('a damaged last line ends the journal, a line of a later version is refused', async () => {
  const storage = new MemoryStorage();
  const journal = await TaskJournal.open(storage, 'job');
  await journal.record(report('1', 'finished'));
  await journal.record(report('2', 'finished'));
  await journal.close();
  const bytes = (await storage.read('job/tasks.log')) ?? Buffer.alloc(0);
  bytes[bytes.length - 5] = 0;
  await storage.replace('job/tasks.log', bytes);
  const damaged = await TaskJournal.open(storage, 'job');
  expect(damaged.reports().map(({ taskId }) => taskId)).toEqual(['1']);
  await damaged.record({ ...report('4', 'queued'), state: 'dreaming' as TaskReport['state'] });
  await damaged.close();
  await expect(TaskJournal.open(storage, 'job')).rejects.toMatchObject({ code: 'TASK-JOURNAL-UNREADABLE' });
});

test('a line that is damaged in front of whole ones leaves doubt about what was queued then, and about what is not known', async () => {
  const storage = new MemoryStorage();
  const journal = await TaskJournal.open(storage, 'job');
  await journal.record(report('done', 'finished'));
  await journal.record(report('begun', 'queued'));
  await journal.record(report('begun', 'running'));
  await journal.record(report('later', 'queued'));
  await journal.close();
  const lines = ((await storage.read('job/tasks.log')) ?? Buffer.alloc(0)).toString().split('\n');
  lines[2] = `x${lines[2]?.slice(1)}`;
  await storage.replace('job/tasks.log', Buffer.from(lines.join('\n')));
  const damaged = await TaskJournal.open(storage, 'job');
  expect(damaged.reports().map(({ taskId, state }) => `${taskId} ${state}`)).toEqual([
    'done finished',
    'begun queued',
    'later queued',
  ]);
  const doubtful = ['done', 'begun', 'later', 'unknown'].filter((id) => damaged.isDoubtful(id, 'onexecute'));
  expect(doubtful).toEqual(['begun', 'unknown']);
  await damaged.close();
});

test('a journal that grew long is rewritten with the last thousand tasks that ended, and all that have not', async () => {
  const storage = new MemoryStorage();
  const journal = await TaskJournal.open(storage, 'job');
  await journal.record(report('waiting', 'queued'));
  const words = 'x'.repeat(4096);
  for (let number = 0; number < 2200; number += 1) {
    await journal.record({ ...report(String(number), 'finished'), output: words });
  }
  await journal.close();
  expect((await storage.read('job/tasks.log'))?.length).toBeLessThan(8.5 * 1024 * 1024);
  const again = await TaskJournal.open(storage, 'job');
  expect(again.find('waiting', 'onexecute')?.state).toBe('queued');
  expect(again.find('2199', 'onexecute')?.state).toBe('finished');
  expect(again.find('0', 'onexecute')).toBeUndefined();
  await again.close();
});

// The table of a job's states: what is never left, that an illegal move is a defect, and moves that come at the wrong moment.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { JobLife, sourceMoves, targetMoves } from '../../../src/engine/job/job-life.ts';
import type { Capture } from '../../../src/ports/capture.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

test('what is stopped or given up stays so; what is fenced never protects again, and what was taken over only by an undo', () => {
  expect([sourceMoves.fenced, sourceMoves.stopped, targetMoves['given up']]).toEqual([['stopped'], [], []]);
  expect(targetMoves['failed over']).toEqual(['undoing', 'given up']);
  expect(targetMoves['taking over']).not.toContain('given up');
  expect(targetMoves.undoing).not.toContain('given up');
  const life = new JobLife(targetMoves, 'protecting');
  life.move('protecting');
  expect(() => life.move('failed over')).toThrow('a job that is protecting cannot become failed over');
});

test('the tables of DESIGN.md are those of the code', () => {
  const text = readFileSync(new URL('../../../src/engine/job/DESIGN.md', import.meta.url), 'utf8');
  const sides = text.split('On the target:\n').map((side) => side.slice(side.indexOf('| state |')));
  const movesIn = (side = ''): Record<string, readonly string[]> => {
    const rows = side.split('\n\n')[0]?.split('\n').slice(2) ?? [];
    return Object.fromEntries(
      rows.map((row) => {
        const cells = row.split('|').map((cell) => cell.trim());
        return [cells[1], cells[4]?.split(', ').filter((state) => state !== '')];
      }),
    );
  };
  expect(sides.map(movesIn)).toEqual([sourceMoves, targetMoves]);
});

test('a source that is fenced while it brings everything over stays fenced', async () => {
  const gate = Promise.withResolvers<void>();
  let isSlow = false;
  const cluster = await MemoryCluster.start({
    parts: (name, { workload }) => {
      const start: Capture['start'] = async (request) => {
        const session = await workload.start(request);
        const flush = async (): Promise<void> => {
          if (isSlow) await gate.promise;
          await session.flush();
        };
        return new Proxy(session, {
          get: (target, asked) => {
            if (asked === 'flush') return flush;
            const own: unknown = Reflect.get(target, asked, target);
            return typeof own === 'function' ? own.bind(target) : own;
          },
        });
      };
      return name === 'alpha' ? { capture: { start } } : {};
    },
  });
  cluster.workload.create('/work/file', Buffer.from('one'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  isSlow = true;
  const ending = cluster.alpha.jobs.disconnect(jobId);
  ending.catch(() => undefined);
  await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
  await cluster.until(jobId, ({ failedOver }) => failedOver);
  gate.resolve();
  await expect(cluster.turning(ending)).rejects.toMatchObject({
    code: 'JOB-STOPPED',
    reason: 'the target has taken over',
  });
  expect(await cluster.beta.jobs.list()).toMatchObject([{ jobId, failedOver: true }]);
  await cluster.stop();
});

// Which jobs may stand beside each other (guide, ch. 2, Supported configurations): every "no" of its tables by its id.
import { describe, expect, test } from 'vitest';
import type { SelectionRule } from '../../../src/model/job.ts';
import {
  type ShapeJob,
  sourceShapeRefusal,
  targetShapeRefusal,
  type WantedJob,
} from '../../../src/runtime/jobs/admission/shapes.ts';

function held(role: 'source' | 'target', from: string, to: string, changes: Partial<ShapeJob> = {}): ShapeJob {
  const [source = '', workload = ''] = from.split(':');
  const [target = '', replica = ''] = to.split(':');
  const roots = [{ source: workload, replica }];
  return { jobId: 'held', name: 'held', role, source, target, roots, rules: [], failedOver: false, ...changes };
}

function wanted(from: string, to: string, rules: readonly SelectionRule[] = []): WantedJob {
  const [sourceServer = '', source = ''] = from.split(':');
  const [targetServer = '', replica = ''] = to.split(':');
  return { name: 'wanted', sourceServer, targetServer, roots: [{ source, replica }], rules };
}

const exclude = (pattern: string): SelectionRule => ({ action: 'exclude', root: 0, pattern });

describe('asked at the source', () => {
  test.each([
    [
      'the same item to two targets',
      held('source', 'alpha:/srv', 'beta:/r'),
      wanted('alpha:/srv', 'gamma:/r'),
      'PROTECTED-TWICE',
    ],
    [
      'a part of an item',
      held('source', 'alpha:/srv', 'beta:/r'),
      wanted('alpha:/srv/a', 'gamma:/r'),
      'PROTECTED-TWICE',
    ],
    [
      'what holds an item',
      held('source', 'alpha:/srv/a', 'beta:/r'),
      wanted('alpha:/srv', 'gamma:/r'),
      'PROTECTED-TWICE',
    ],
    [
      'a replica passed on',
      held('target', 'alpha:/srv', 'beta:/r'),
      wanted('beta:/r', 'gamma:/x'),
      'CHAINED-FROM-REPLICA',
    ],
    [
      'a part of a replica',
      held('target', 'alpha:/srv', 'beta:/r'),
      wanted('beta:/r/a', 'gamma:/x'),
      'CHAINED-FROM-REPLICA',
    ],
    [
      'a replica passed back',
      held('target', 'alpha:/srv', 'beta:/r'),
      wanted('beta:/r', 'Alpha:/x'),
      'PROTECTED-BOTH-WAYS',
    ],
  ])('%s is refused, and names both jobs', (_, job, want, code) => {
    const refusal = sourceShapeRefusal(want, [job]);
    expect(refusal).toMatchObject({ code, hint: expect.any(String) });
    expect(refusal?.reason).toContain('held');
  });

  test.each([
    ['another item', held('source', 'alpha:/srv', 'beta:/r'), wanted('alpha:/srv2', 'beta:/r2')],
    [
      'what the other leaves out',
      held('source', 'alpha:/srv', 'beta:/r', { rules: [exclude('a')] }),
      wanted('alpha:/srv/a', 'beta:/x'),
    ],
    [
      'all but what the other has',
      held('source', 'alpha:/srv/a', 'beta:/r'),
      wanted('alpha:/srv', 'beta:/x', [exclude('a')]),
    ],
    ['both directions with an item each', held('target', 'alpha:/srv', 'beta:/r'), wanted('beta:/srv', 'alpha:/r')],
    [
      'a replica that has failed over',
      held('target', 'alpha:/srv', 'beta:/r', { failedOver: true }),
      wanted('beta:/r', 'alpha:/srv'),
    ],
    [
      'an item whose target has taken over',
      held('source', 'alpha:/srv', 'beta:/r', { failedOver: true }),
      wanted('alpha:/srv', 'gamma:/r'),
    ],
  ])('%s is not', (_, job, want) => {
    expect(sourceShapeRefusal(want, [job])).toBeUndefined();
  });
});

describe('asked at the target', () => {
  test.each([
    [
      'two items in one replica',
      held('target', 'alpha:/srv', 'beta:/r'),
      wanted('gamma:/srv', 'beta:/r/x'),
      'REPLICA-SHARED',
    ],
    [
      'a replica onto what is passed on',
      held('source', 'beta:/srv', 'gamma:/r'),
      wanted('alpha:/srv', 'beta:/srv'),
      'CHAINED-INTO-WORKLOAD',
    ],
    [
      'a replica onto what is protected back',
      held('source', 'beta:/srv', 'alpha:/r'),
      wanted('alpha:/x', 'beta:/srv'),
      'PROTECTED-BOTH-WAYS',
    ],
    [
      'a replica onto an old source',
      held('source', 'beta:/srv', 'alpha:/r', { failedOver: true }),
      wanted('alpha:/r', 'beta:/srv'),
      'OLD-SOURCE',
    ],
  ])('%s is refused', (_, job, want, code) => {
    const refusal = targetShapeRefusal(want, [job]);
    expect(refusal).toMatchObject({ code, hint: expect.any(String) });
    expect(refusal?.reason).toContain('held');
  });

  test('two roots of one job in one replica are refused', () => {
    const roots = [
      { source: '/a', replica: '/r' },
      { source: '/b', replica: '/r/b' },
    ];
    expect(targetShapeRefusal({ ...wanted('', ''), roots }, [])).toMatchObject({ code: 'REPLICA-SHARED' });
  });

  test('replicas of many sources beside each other are not, nor is the job itself', () => {
    const job = held('target', 'alpha:/srv', 'beta:/r/1');
    expect(targetShapeRefusal(wanted('gamma:/srv', 'beta:/r/2'), [job])).toBeUndefined();
    expect(targetShapeRefusal({ ...wanted('alpha:/srv', 'beta:/r/1'), jobId: 'held' }, [job])).toBeUndefined();
  });
});

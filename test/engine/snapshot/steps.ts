// Scripts for model-based tests of snapshots, on any files.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { ChangeOperation } from '../../../src/model/stream/operation.ts';
import { type Manifest, manifest } from '../../support/manifest.ts';
import { operation } from '../../support/random-operations.ts';
import { openReplica, type ReplicaGround } from '../apply/replica-rig.ts';

/** One thing that happens to a replica and its snapshots. */
export type Step =
  | { readonly step: 'apply'; readonly operations: readonly ChangeOperation[] }
  | { readonly step: 'take' }
  | { readonly step: 'remove' | 'revert'; readonly which: number }
  | { readonly step: 'restart' };

const which = fc.nat({ max: 20 });
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ step: fc.constant('apply' as const), operations: fc.array(operation, { maxLength: 12 }) }),
    },
    { weight: 4, arbitrary: fc.record({ step: fc.constant('take' as const) }) },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('remove' as const), which }) },
    { weight: 2, arbitrary: fc.record({ step: fc.constant('revert' as const), which }) },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('restart' as const) }) },
  ),
  { minLength: 3, maxLength: 14 },
);

/** Does everything in order, and looks at the replica after each revert; in the end nothing may be left behind. */
export async function playSteps(ground: ReplicaGround, script: readonly Step[]): Promise<void> {
  let rig = await openReplica(ground);
  const taken = new Map<string, Manifest>();
  let count = 0;
  const chosen = (which: number): string | undefined => {
    const list = rig.snapshots.list();
    return list.length === 0 ? undefined : list[which % list.length]?.id;
  };
  for (const step of [...script, { step: 'revert', which: 0 } as const]) {
    if (step.step === 'apply') {
      const report = await rig.apply(step.operations);
      if (report.failure) throw report.failure;
    } else if (step.step === 'take') {
      count += 1;
      await rig.take(`s${count}`);
      taken.set(`s${count}`, await manifest(ground.tree));
    } else if (step.step === 'restart') {
      await rig.snapshots.close();
      rig = await openReplica(ground);
    } else {
      const id = chosen(step.which);
      if (id === undefined) continue;
      if (step.step === 'remove') {
        await rig.snapshots.remove(id);
        continue;
      }
      await rig.snapshots.revert(id);
      expect(await manifest(ground.tree)).toEqual(taken.get(id));
    }
  }
  for (const { id } of rig.snapshots.list()) await rig.snapshots.remove(id);
  expect(await ground.graveyard.list('' as RawPath)).toEqual([]);
  expect(await ground.storage.list('undo')).not.toContainEqual(expect.stringContaining('segment'));
}

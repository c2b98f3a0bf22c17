// Model-based: whatever happens after a snapshot, and however many others come and go, reverting brings back the manifest
// that was there when it was taken.
import fc from 'fast-check';
import { it } from 'vitest';
import { memoryGround } from '../apply/replica-rig.ts';
import { playSteps, steps } from './steps.ts';

it('brings back every manifest, whatever was done since', async () => {
  const property = fc.asyncProperty(steps, async (script) => playSteps(await memoryGround(), script));
  await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 300) });
});

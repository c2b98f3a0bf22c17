// A thread that plays simulated histories, one after the other: a seed comes in, the result of its history goes out.
import { parentPort } from 'node:worker_threads';
import { planOf } from '../simulator/run/plan.ts';
import { resultOf } from '../simulator/run/summary.ts';
import { play } from '../simulator/scenario/play.ts';
import { processDefects } from './process-defects.ts';

parentPort?.on('message', async (seed: number) => {
  const outcome = await play(planOf(seed), processDefects);
  parentPort?.postMessage(resultOf(seed, outcome));
});

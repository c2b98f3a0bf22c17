// An operator's call that meets a link in the middle of its greeting: the job is given up on either side, given up and made anew,
// or taken over, exactly at some call that the target makes while it answers a hello.
import type { LocalServer } from '../../../runtime/server/local-server.ts';
import { anotherJob, disconnect, specificationOf } from '../jobs.ts';
import { beginFailover, endFailover, type Takeover } from './operators/takeovers.ts';
import type { Strike } from './strike.ts';

const linkWithinMs = 8000;
const callWithinMs = 100;

/** Which call it is depends on how long the strike would last, like all that is left to a strike. */
export function isTakeover(durationMs: number): boolean {
  return durationMs % 4 === 2;
}

export async function callDuringHello(strike: Strike, atCall = 1): Promise<void> {
  const { stage, job } = strike;
  const { world } = stage;
  let finish: (() => Promise<void>) | undefined;
  const hit = (): void => {
    finish ??= callOf(strike);
  };
  let isLinked = false;
  world.network.onceLinked(job.source, job.target, () => {
    isLinked = true;
    world.atCall(job.target, atCall, hit);
  });
  world.network.cut(job.source, job.target);
  await stage.until(() => isLinked, linkWithinMs, 5);
  await stage.until(() => finish !== undefined, callWithinMs, 1);
  world.forgetCalls();
  hit();
  await finish?.();
}

/** Makes the call, and gives what is to be done about its answer. */
function callOf({ stage, job, durationMs }: Strike): () => Promise<void> {
  const { jobId } = job;
  const on = (side: 'source' | 'target'): LocalServer | undefined => stage.world.server(job[side]);
  const nothing = async (): Promise<void> => undefined;
  if (jobId === undefined || job.failedOver) return nothing;
  switch (durationMs % 4) {
    case 0:
    case 1: {
      // Its target may make it anew before both have given it up, and then takes what is there for what was there before.
      job.doctored ||= job.orphans === 'keep';
      const given = on(durationMs % 4 === 0 ? 'source' : 'target')?.jobs.disconnect(jobId);
      given?.catch(() => undefined);
      return async () => {
        if (given !== undefined) await stage.command('disconnect', given);
        await disconnect(stage, job);
      };
    }
    case 2: {
      const takeover: Takeover | undefined = beginFailover(stage, job, 'apply');
      return takeover === undefined ? nothing : () => endFailover(stage, job, takeover);
    }
    default: {
      const server = on('source');
      if (server === undefined) return nothing;
      const given = server.jobs.disconnect(jobId);
      given.catch(() => undefined);
      const made = server.jobs.connect(specificationOf(job, `${job.name}, made ${stage.givenUp.length + 2} times`));
      made.catch(() => undefined);
      return async () => {
        const next = await anotherJob(stage, job, job);
        await stage.command('disconnect', given);
        next.jobId ??= (await stage.command('connect', made))?.jobId;
      };
    }
  }
}

// The names of what exists now, for completion: servers, connections, replication sets. The operator has pressed a key
// and waits, so a server that does not answer at once is skipped, and failures are not reported.
import { type Clock, pause } from '../base/waiting/clock.ts';
import type { JobReport } from '../model/report.ts';
import type { Session } from '../runtime/session/session.ts';
import type { ReplicationSetStore } from '../runtime/stores/replication-sets.ts';

export interface LiveNames {
  readonly servers: readonly string[];
  readonly connections: readonly { readonly number: number; readonly name: string }[];
  readonly replicationSets: readonly string[];
}

export const noLiveNames: LiveNames = { servers: [], connections: [], replicationSets: [] };

const patienceMs = 1000;

export interface LiveNamesParts {
  readonly clock: Clock;
  readonly replicationSets: ReplicationSetStore;
  readonly session: Session;
}

export async function liveNames({ clock, replicationSets, session }: LiveNamesParts): Promise<LiveNames> {
  const atOnce = <Found>(asked: Promise<readonly Found[]>): Promise<readonly Found[]> => within(clock, asked);
  const [servers, connections, saved] = await Promise.all([
    atOnce(session.knownServers()),
    atOnce(jobsOfSource(session)),
    atOnce(replicationSets.list()),
  ]);
  const sets = [...saved, ...session.drafts()].map((one) => one.name);
  return { servers: servers.map((one) => one.name), connections, replicationSets: [...new Set(sets)] };
}

async function jobsOfSource(session: Session): Promise<readonly JobReport[]> {
  const source = session.sourceName === undefined ? session.local() : await session.source();
  return (await source?.jobs.list()) ?? [];
}

/** What was asked for, or nothing when the answer takes too long or fails. */
export async function within<Found>(clock: Clock, asked: Promise<readonly Found[]>): Promise<readonly Found[]> {
  const patience = pause(clock, patienceMs);
  try {
    return await Promise.race([asked.catch(() => []), patience.done.then(() => [])]);
  } finally {
    patience.end();
  }
}

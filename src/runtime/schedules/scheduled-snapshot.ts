// A snapshot that a schedule takes (guide, ch. 10, Snapshot states): only while the data is good. One that is due at another
// time is taken when the data has become good again, and is called deferred then.
import { Failure } from '../../base/failure.ts';
import type { SnapshotReport } from '../../model/report.ts';
import type { AskedSnapshotType } from '../../model/stream/marker.ts';
import type { Server } from '../contract/server.ts';

/** One long poll; short enough that a server which died silently is noticed. */
const pollMs = 20_000;

/** Once the signal is aborted nobody waits for the result any more. */
export async function takeScheduledSnapshot(
  target: Server,
  jobId: string,
  name: string,
  signal: AbortSignal,
): Promise<SnapshotReport> {
  let type: Exclude<AskedSnapshotType, 'manual'> = 'scheduled';
  for (;;) {
    const report = await target.jobs.report(jobId);
    if (report.targetState === 'OK') {
      try {
        return await target.snapshots.take(jobId, name, type);
      } catch (thrown) {
        // It may have become bad just now.
        if (!(thrown instanceof Failure && thrown.code === 'SNAPSHOT-NOT-NOW')) throw thrown;
      }
    }
    type = 'deferred';
    await target.jobs.wait(jobId, report.revision, pollMs);
    signal.throwIfAborted();
  }
}

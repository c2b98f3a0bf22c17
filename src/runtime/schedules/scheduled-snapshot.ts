// A snapshot that a schedule takes, only while the data is good (guide, ch. 10, Snapshot states). When the data is not
// good at the scheduled time, the snapshot is taken as soon as it is good again, with the type `deferred`.
import { Failure } from '../../base/failure.ts';
import type { SnapshotReport } from '../../model/report.ts';
import type { AskedSnapshotType } from '../../model/stream/marker.ts';
import type { Server } from '../contract/server.ts';

/** One long poll; short enough that a server which died silently is noticed. */
const pollMs = 20_000;

/** When the signal is aborted, it rejects after the poll that is under way; nobody awaits it then. */
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
        // The data may have become bad since the report.
        if (!(thrown instanceof Failure && thrown.code === 'SNAPSHOT-NOT-NOW')) throw thrown;
      }
    }
    type = 'deferred';
    await target.jobs.wait(jobId, report.revision, pollMs);
    signal.throwIfAborted();
  }
}

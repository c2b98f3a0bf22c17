// What the mirrors of a job need of it.
import type { TargetSide } from '../../link/target-side.ts';
import type { Selection } from '../../sending/selection.ts';
import type { JobChanges } from '../job-changes.ts';
import type { JobLife, SourcePhase } from '../job-life.ts';
import type { ProtectedRoots } from '../roots/protected-roots.ts';
import type { SourceCapture } from '../stream/source-capture.ts';
import type { SourceStream } from '../stream/source-stream.ts';
import type { UnreadPlaces } from '../stream/unread-places.ts';

export interface MirroredJob {
  readonly life: JobLife<SourcePhase>;
  readonly changes: JobChanges;
  readonly selection: Selection;
  readonly roots: ProtectedRoots;
  readonly capture: SourceCapture;
  /** There is a stream. */
  readonly isOpen: boolean;
  /** The one that changes pass into now; another one once it has ended. */
  readonly stream: SourceStream;
  /** What could not be read is tried again by every mirror. */
  readonly unread: UnreadPlaces;
  readonly target: TargetSide;
}

// The part of a job that its mirrors use.
import type { TargetSide } from '../../link/target-side.ts';
import type { Selection } from '../../sending/selection.ts';
import type { MirrorScripts } from '../../tasks/mirror-scripts.ts';
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
  /** The job has a stream. */
  readonly isOpen: boolean;
  /** The stream that takes changes now; another stream once this one has ended. */
  readonly stream: SourceStream;
  /** Places that could not be read; every mirror tries them again. */
  readonly unread: UnreadPlaces;
  readonly target: TargetSide;
  /** Programs that run on this server when a mirror begins or ends. */
  readonly scripts: MirrorScripts;
}

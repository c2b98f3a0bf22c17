// A block of script text that a server keeps and runs later, without the script it was taken from.
import type { RunPoint } from '../../model/stream/task.ts';

export interface DetachedBlock {
  readonly name: string;
  readonly body: string;
  /** The values that the block uses, as `writeBindings` writes them. */
  readonly bindings: string;
  /** The stream task that the block belongs to; absent for the block of a schedule. */
  readonly task?: {
    readonly jobId: string;
    readonly source: string;
    readonly target: string;
    readonly point: RunPoint;
    /** Called with every line that the block prints. */
    readonly write: (line: string) => void;
  };
}

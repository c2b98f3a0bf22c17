// A block that was taken out of its script, as the server that keeps it has it run.
import type { TaskPoint } from '../../model/stream/task.ts';

export interface DetachedBlock {
  readonly name: string;
  readonly body: string;
  /** As `writeBindings` wrote them. */
  readonly bindings: string;
  /** Of a stream task; absent for a schedule. */
  readonly task?: {
    readonly jobId: string;
    readonly source: string;
    readonly target: string;
    readonly point: TaskPoint;
    /** Hears every line the block prints. */
    readonly write: (line: string) => void;
  };
}

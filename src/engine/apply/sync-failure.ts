// When something could not be made durable, nothing that was done since the last success may be counted on, and no later
// success changes that (ports/files.ts, ports/storage.ts). Trying the one operation again does not help: the job has to
// begin again from what is durable.
import { Failure } from '../../base/failure.ts';

const code = 'NOT-DURABLE';

/** The result of the work; a Failure becomes `NOT-DURABLE`. */
export async function durably<T>(subject: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const { reason } = thrown;
    throw new Failure({ code, operation: 'make the replica durable', subject, reason, retryable: true });
  }
}

export function isNotDurable(thrown: unknown): boolean {
  return thrown instanceof Failure && thrown.code === code;
}

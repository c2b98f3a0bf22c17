// When something could not be made durable, nothing that was done since the last success may be counted on, and no later
// success changes that (ports/files.ts, ports/storage.ts). It is no trouble of one operation: only what is durable counts,
// and the job has to begin again from there.
import { Failure } from '../../base/failure.ts';

const code = 'NOT-DURABLE';

/** The same result; a Failure is one of this kind. */
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

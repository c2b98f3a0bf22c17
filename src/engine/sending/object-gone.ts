// What reading says when an object of the workload went, or became another one, before it could be read: ENOENT, ENOTDIR and
// ELOOP, the name is gone or leads elsewhere; EINVAL, it is of another kind now; ESTALE, it is another object, or the file
// system lost it. Capture reports it, so nobody else has to.
import { Failure } from '../../base/failure.ts';

const codes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'ESTALE']);

export function hasVanished(thrown: unknown): boolean {
  return thrown instanceof Failure && codes.has(thrown.code);
}

/** The name stands for another object than the one that was to be read. */
export function isAnotherObject(thrown: unknown): boolean {
  return thrown instanceof Failure && thrown.code === 'ESTALE';
}

// The name of an error that a call through Node gave. Apart from libc.ts, so that code which only needs the name does not load
// the bindings of system calls.
import { canonicalErrnoName, errnoNameOf } from './errno.ts';

/** The kernel's numbers end below this; libuv gives its own errors (of resolving names, the end of a stream) numbers above. */
const ownNumbersFrom = 1000;

/**
 * Why a call through Node failed: the errno's name, in the words of errno.ts. The number decides: libuv has no names for some
 * that file systems answer with (EDQUOT, ESTALE, EUCLEAN), and calls them all `UNKNOWN`.
 */
export function nodeErrorName(error: unknown): string {
  const { code, errno } = error as NodeJS.ErrnoException;
  if (typeof errno === 'number' && errno < 0 && errno > -ownNumbersFrom) return errnoNameOf(-errno);
  return canonicalErrnoName(code ?? 'UNEXPECTED');
}

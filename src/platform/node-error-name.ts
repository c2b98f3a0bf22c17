// Apart from libc.ts, so that who only needs the name does not load the bindings.

/** Why a call through Node failed: the errno's name, in the words of libc.ts. */
export function nodeErrorName(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'UNEXPECTED';
  return code === 'ENOTSUP' ? 'EOPNOTSUPP' : code;
}

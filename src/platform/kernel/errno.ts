// The kernel's error numbers and their names, as data (asm-generic/errno-base.h and errno.h of Linux; the same on x86-64 and
// arm64). One table serves every call, bound by us or made by Node, so that a name that is compared somewhere means one number.
//
// Some numbers have two names in C. The kernel's first name is used everywhere: EAGAIN, EDEADLK, EOPNOTSUPP.

/** The name of number 1, of number 2, and so on; `-` where the kernel has none. */
const names = (
  'EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK ' +
  'EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE ' +
  'EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ' +
  'ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT ' +
  '- EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP ' +
  'EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ' +
  'ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ' +
  'ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ' +
  'ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ' +
  'ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM ' +
  'EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED ' +
  'EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON'
).split(' ');

/** Other names of the same numbers (errno(3)), by the name that is used here. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['EWOULDBLOCK', 'EAGAIN'],
  ['EDEADLOCK', 'EDEADLK'],
  ['ENOTSUP', 'EOPNOTSUPP'],
]);

/** `ERRNO-…` for a number that the kernel has no name for. */
export function errnoNameOf(number: number): string {
  const name = names[number - 1];
  return name === undefined || name === '-' ? `ERRNO-${number}` : name;
}

/** The one name of an error that may be written with another. */
export function canonicalErrnoName(name: string): string {
  return aliases.get(name) ?? name;
}

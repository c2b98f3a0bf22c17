// What the system refuses, as a Failure: the code is the errno name, the reason its words in errno(3). Real and in-memory
// adapters both make their failures here, so that a person and a test see the same whichever stands below.
import { Failure } from './failure.ts';
import { displayPath } from './raw-path.ts';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'it is closed',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something is there already',
  EINVAL: 'not possible for what is there',
  EIO: 'the device reported an error',
  EISDIR: 'it is a directory',
  ELOOP: 'a symbolic link is on the way',
  EMFILE: 'this process has too many open files',
  EMLINK: 'it has too many links',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'the system has too many open files',
  ENODEV: 'no such device',
  ENOENT: 'no such file or directory',
  ENOMEM: 'not enough memory',
  ENOSPC: 'no space is left on the file system',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'the directory is not empty',
  EOPNOTSUPP: 'the file system does not support it',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  EXDEV: 'it lies on another file system',
};

/** Errors that may pass by themselves, for example because another program frees space or descriptors. */
const retryable: ReadonlySet<string> = new Set([
  'EAGAIN',
  'EBUSY',
  'EDQUOT',
  'EINTR',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
]);

/** `operation` is a verb phrase (`write to the file`), `subject` a path as bytes. */
export function systemFailure(code: string, operation: string, subject: string): Failure {
  return new Failure({
    code,
    operation,
    subject: displayPath(subject),
    reason: `${reasons[code] ?? 'the system refused it'} (${code})`,
    retryable: retryable.has(code),
  });
}

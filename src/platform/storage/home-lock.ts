// One process per home folder. The kernel holds the lock (flock(2) on `server.lock`) and lets go of it when the process
// ends, however it ends, so there is nothing stale to judge. What the file says is only for people: who holds it.
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { asSystemFailure } from '../identity/home-file.ts';
import { flock } from '../kernel/libc.ts';

const lockExclusive = 2;
const lockNonBlocking = 4;

const holderSchema = z.object({
  processId: z.number().int(),
  /** The server's name. */
  name: z.string(),
  /** Where it accepts links and offers its API, `host:port`, with the ports as they are. */
  listen: z.string().optional(),
  api: z.string().optional(),
});

export type LockHolder = Readonly<z.infer<typeof holderSchema>>;

export interface HomeLock {
  /** Says more about the holder, once it is known. */
  describe(holder: LockHolder): void;
  release(): void;
}

/** Makes the home when there is none. HOME-LOCKED when another process, or another part of this one, has it. */
export function lockHome(home: string, name: string): HomeLock {
  const file = lockFile(home);
  let descriptor: number;
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    // Opened without truncation: until it is locked, what it says is about somebody else.
    descriptor = openSync(file, 'a+', 0o600);
  } catch (error) {
    throw asSystemFailure(error, 'lock the home folder', home);
  }
  if (flock(descriptor, lockExclusive | lockNonBlocking) !== 0) {
    closeSync(descriptor);
    throw locked(home);
  }
  const describe = (holder: LockHolder): void => {
    ftruncateSync(descriptor, 0);
    writeSync(descriptor, `${JSON.stringify(holder)}\n`);
  };
  describe({ processId: process.pid, name });
  return {
    describe,
    release: () => {
      ftruncateSync(descriptor, 0);
      closeSync(descriptor);
    },
  };
}

/** What the holder of the lock says of itself; undefined when it says nothing. It may be gone: only `lockHome` knows. */
export function readLockHolder(home: string): LockHolder | undefined {
  try {
    const parsed = holderSchema.safeParse(JSON.parse(readFileSync(lockFile(home), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function lockFile(home: string): string {
  return join(home, 'server.lock');
}

function locked(home: string): Failure {
  const holder = readLockHolder(home);
  return new Failure({
    code: 'HOME-LOCKED',
    operation: 'use the home folder',
    subject: home,
    reason:
      holder === undefined
        ? 'another process is using it'
        : `the server ${holder.name}, process ${holder.processId}, is using it`,
    hint:
      holder === undefined
        ? 'end the other process, or choose another folder with --home'
        : `stop it first: kill ${holder.processId}; or choose another folder with --home`,
  });
}

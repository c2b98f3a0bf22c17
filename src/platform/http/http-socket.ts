// The local door of the API: a socket in the home folder, with mode 0600, so that the account of the server and root have
// full access and nobody else has any.
//
// The address of a socket holds 107 bytes and a home folder's path may be longer, so the socket is always addressed
// through an open handle of its folder: /proc/self/fd/N/api.socket.
import { chmod, type FileHandle, open, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { asSystemFailure, hasErrno } from '../identity/home-file.ts';
import { missingServer } from '../storage/missing-server.ts';
import { exchange, type HttpHandler, requestListener } from './http-exchange.ts';

const socketName = 'api.socket';

/** Whoever calls this holds the lock of the home, so a socket that is there belongs to a process that is gone. */
export async function listenOnSocket(home: string, handler: HttpHandler): Promise<() => Promise<void>> {
  await rm(join(home, socketName), { force: true });
  const folder = await openFolder(home);
  const server = createServer(requestListener(handler, async () => 'owner'));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // The socket is made inside `listen`, so nobody can connect between that and the narrower mode.
      const mask = process.umask(0o177);
      try {
        server.listen(throughHandle(folder), () => resolve());
      } finally {
        process.umask(mask);
      }
    });
    await chmod(join(home, socketName), 0o600);
  } catch (error) {
    await folder.close();
    throw asSystemFailure(error, 'open the socket of the API', join(home, socketName));
  }
  return async () => {
    server.closeAllConnections();
    // Closing removes the socket, by the handle, which must still be open then.
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await folder.close();
  };
}

/** Calls the server of a home; `SERVER-NOT-RUNNING` when there is none. */
export function sendOverSocket(home: string): (path: string, body: string) => Promise<string> {
  return async (path, body) => exchange(await dialSocket(home), path, body, `the server of ${home}`);
}

/** Whether a server answers on the socket of this home. */
export async function isServing(home: string): Promise<boolean> {
  try {
    (await dialSocket(home)).destroy();
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'SERVER-NOT-RUNNING') return false;
    throw error;
  }
}

async function dialSocket(home: string): Promise<Socket> {
  const notRunning = (): Failure => missingServer(home, 'call the server', 'SERVER-NOT-RUNNING');
  let folder: FileHandle;
  try {
    folder = await openFolder(home);
  } catch (error) {
    throw error instanceof Failure && error.code === 'ENOENT' ? notRunning() : error;
  }
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const socket = connect(throughHandle(folder));
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(socket);
      });
    });
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ECONNREFUSED')) throw notRunning();
    throw asSystemFailure(error, 'call the server', join(home, socketName));
  } finally {
    await folder.close();
  }
}

async function openFolder(home: string): Promise<FileHandle> {
  try {
    return await open(home, 'r');
  } catch (error) {
    throw asSystemFailure(error, 'open the home folder', home);
  }
}

function throughHandle(folder: FileHandle): string {
  return `/proc/self/fd/${folder.fd}/${socketName}`;
}

// Filter capture: every operation of every program, in order and with its bytes (ports/capture.ts, mode `operations`). DESIGN.md says
// how; this is the server's side. A filter that an earlier run of the server has mounted over the same folders is used again.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { Failure } from '../../base/failure.ts';
import { displayPath, joinRaw, type RawPath, rawBytes, rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { Capture, CaptureRequest } from '../../ports/capture.ts';
import { takeAwayDeadFilters, unmountLazily } from '../filtered-folders/dead-filters.ts';
import { filterAt, type MountedFilter } from '../filtered-folders/mounted-filters.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';
import { type ShortPath, shortPath } from './control/short-path.ts';
import { type FilterCall, FilterSession, type OpenFilter } from './filter-session.ts';
import { FolderFilter } from './folder-filter.ts';

const readBytesMax = 256 * 1024;

export interface FilterCaptureOptions {
  /** Where the sockets of filters lie, an absolute path; it is made for the owner alone, since who calls there gets all that is written. */
  readonly sockets: string;
}

/** In the home of a server. */
export function socketFolder(home: string): string {
  return `${home}/filters`;
}

let wakeCount = 0;

/**
 * Mounts a filter over folders (absolute, without symbolic links) that stays when this process ends. Rejects with a Failure when one of
 * them cannot be filtered; nothing is mounted then.
 */
export async function mountFilter(sockets: string, roots: readonly string[]): Promise<OpenFilter> {
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  const socket = rawFromText(`${sockets}/${randomUUID()}`);
  const filter = await FolderFilter.mount({ roots, socket, staysBehind: true });
  filter.letGo();
  return { roots, folders: roots.map((_, folder) => folder), socket, guardProcess: filter.guardProcess };
}

/**
 * Programs that have a file open keep it through the filter until they close it; its processes end then. Throws a Failure when no filter
 * is mounted exactly there.
 */
export function unmountFilter(root: string): void {
  const filter = filterAt(root);
  if (filter?.mountPoint === root && unmountLazily(root)) return;
  throw new Failure({
    code: 'FILTER-ABSENT',
    operation: 'unmount the filter',
    subject: displayPath(root),
    reason: filter === undefined ? 'none is mounted there' : `it is mounted at ${displayPath(filter.mountPoint)}`,
  });
}

export class FilterCapture implements Capture {
  readonly #options: FilterCaptureOptions;
  readonly #sessions = new Set<FilterSession>();

  constructor(options: FilterCaptureOptions) {
    this.#options = options;
  }

  /** Also rejects with what FolderFilter.mount says of a folder that cannot be filtered, and `FILTER-OVERLAP`. */
  async start(request: CaptureRequest): Promise<FilterSession> {
    for (const root of request.roots) takeAwayDeadFilters(root);
    const roots = request.roots.map(realFolder);
    const filter = (await this.#present(roots)) ?? (await mountFilter(this.#options.sockets, roots));
    const call: FilterCall = (take) => called(filter.socket, take);
    const [first] = roots;
    const session = await FilterSession.open(call, filter, request, () => wake(first ?? ''));
    this.#sessions.add(session);
    return session;
  }

  /** Programs that have a file open keep it through the filter until they close it; the filter's processes end then. */
  async release(roots: readonly string[]): Promise<void> {
    for (const session of this.#sessions) if (session.isOver) this.#sessions.delete(session);
    for (const root of roots) {
      const filter = filterAt(root);
      const isUsed = [...this.#sessions].some(({ guardProcess }) => guardProcess === filter?.guardProcess);
      if (filter?.mountPoint === root && !isUsed) unmountFilter(root);
    }
  }

  /** The filter that stands over exactly these folders, if there is one that lives. */
  async #present(roots: readonly string[]): Promise<OpenFilter | undefined> {
    const folders: number[] = [];
    let found: MountedFilter | undefined;
    for (const root of roots) {
      const filter = filterAt(root);
      if (filter === undefined) continue;
      if (filter.mountPoint !== root || (found ?? filter).guardProcess !== filter.guardProcess)
        throw overlap(root, filter);
      found = filter;
      folders.push(filter.folder);
    }
    if (found === undefined) return undefined;
    const { socket, guardProcess } = found;
    if (folders.length === roots.length) return { roots, folders, socket, guardProcess };
    const bare = roots.find((root) => filterAt(root) === undefined) ?? '';
    throw new Failure({
      code: 'FILTER-OVERLAP',
      operation: 'filter a folder',
      subject: displayPath(bare),
      reason: 'other folders of the same connection are filtered already, and without it',
      hint: 'Unmount the filter (understudy unmount), or use CAPTURE WATCH for this connection.',
    });
  }
}

/** A filter that serves nobody hears who has called after the next request for a name. */
async function wake(root: string): Promise<void> {
  wakeCount += 1;
  const name = `.understudy-wakes-${process.pid}-${wakeCount}` as RawPath;
  await stat(rawBytes(joinRaw(root as RawPath, name))).catch(() => undefined);
}

/** All that arrives is read into the same buffer. */
async function called(path: string, take: (bytes: Buffer) => void): Promise<Socket> {
  const buffer = Buffer.allocUnsafeSlow(readBytesMax);
  const callback = (count: number): boolean => {
    take(buffer.subarray(0, count));
    return true;
  };
  let short: ShortPath | undefined;
  try {
    short = shortPath(path);
    const socket = connect({ path: rawBytes(short.path).toString('utf8'), onread: { buffer, callback } });
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    throw systemFailure(nodeErrorName(error), 'call the filter', path);
  } finally {
    short?.close();
  }
}

function realFolder(root: string): string {
  try {
    return realpathSync(rawBytes(root), { encoding: 'latin1' });
  } catch (error) {
    throw systemFailure(nodeErrorName(error), 'filter a folder', root);
  }
}

function overlap(root: string, { mountPoint }: MountedFilter): Failure {
  return new Failure({
    code: 'FILTER-OVERLAP',
    operation: 'filter a folder',
    subject: displayPath(root),
    reason: `it lies in ${displayPath(mountPoint)}, which another connection filters`,
    hint: 'Use CAPTURE WATCH for this connection, or protect the same folder.',
  });
}

// The capture that a connection asks for, or the best that can be had (`auto`): a filter where one can be mounted and nobody is in the
// folders who would get past it; otherwise changes are watched, and the session says why, and what would help.
import { realpathSync } from 'node:fs';
import { asFailure } from '../../base/failure.ts';
import { displayPath, rawBytes } from '../../base/raw-path.ts';
import type { CaptureWish } from '../../model/promise.ts';
import type { Capture, CaptureRequest, CaptureSession } from '../../ports/capture.ts';
import { earlyUsers, usersText } from '../filter-capture/early-users.ts';
import { filterAt } from '../filtered-folders/mounted-filters.ts';

export interface ChosenCaptureParts {
  readonly filter: Capture;
  readonly watch: Capture;
  /** Where a connection asks for nothing. */
  readonly usual: CaptureWish;
}

export class ChosenCapture implements Capture {
  readonly #parts: ChosenCaptureParts;

  constructor(parts: ChosenCaptureParts) {
    this.#parts = parts;
  }

  async start(request: CaptureRequest): Promise<CaptureSession> {
    const { filter, watch, usual } = this.#parts;
    const wish = request.wish ?? usual;
    if (wish === 'watch') return watch.start(request);
    if (wish === 'filter') return filter.start(request);
    const users = await usersInTheWay(request.roots);
    if (users !== undefined) return withRemark(await watch.start(request), users);
    try {
      return await filter.start(request);
    } catch (thrown) {
      const { reason } = asFailure(thrown, 'mount a filter', request.roots.map(displayPath).join(', '));
      return withRemark(
        await watch.start(request),
        `writes are not captured in order, because no filter can be mounted: ${reason}`,
      );
    }
  }

  async release(roots: readonly string[]): Promise<void> {
    await this.#parts.filter.release?.(roots);
  }
}

/** Who is in the folders already; nobody is in the way of a filter that is mounted. */
async function usersInTheWay(roots: readonly string[]): Promise<string | undefined> {
  const bare = roots.map(real).filter((root) => filterAt(root) === undefined);
  if (bare.length === 0) return undefined;
  const users = await earlyUsers(bare);
  if (users.length === 0) return undefined;
  return (
    `writes are not captured in order, because ${usersText(users)} used the folder before a filter could be mounted; ` +
    'stop them, connect with CAPTURE FILTER, and start them again'
  );
}

function real(root: string): string {
  try {
    return realpathSync(rawBytes(root), { encoding: 'latin1' });
  } catch {
    // Whoever captures it says what is wrong with it.
    return root;
  }
}

function withRemark(session: CaptureSession, remark: string): CaptureSession {
  return {
    mode: session.mode,
    get remarks() {
      return [remark, ...(session.remarks ?? [])];
    },
    flush: () => session.flush(),
    ...(session.heldFiles && { heldFiles: () => session.heldFiles?.() ?? Promise.resolve([]) }),
    stop: () => session.stop(),
  };
}

// Filter capture in memory (platform/filter-capture): the filters of one machine, which live longer than its server.
//
//   program --act--> MemoryWorkload --what happened, in order--> filter --FilterLine--> server
//
// A program's call waits while a filter is started again, while a mirror's end holds programs up, and while a server takes too little
// of what was recorded; the calls are then made in order. Programs that had a file open before a filter was mounted reach it past the
// filter (`EarlyUser`).
import { isWithin } from '../../../base/raw-path.ts';
import { type Clock, sleep } from '../../../base/waiting/clock.ts';
import type { Capture, CapturedChange, CaptureRequest, CaptureSession, HeldFile } from '../../../ports/capture.ts';
import type { Chance } from '../../chance.ts';
import type { MemoryDisk, MemoryObject } from '../memory-disk.ts';
import type { MemoryWorkload } from '../memory-workload.ts';
import { type FilterCounts, FilterLine, noCounts } from './filter-line.ts';

export interface MemoryFilterParts {
  readonly disk: MemoryDisk;
  readonly workload: MemoryWorkload;
  readonly clock: Clock;
  readonly chance: Chance;
  /** The server's process runs, and does not stand still. */
  readonly isServerRunning: () => boolean;
}

/** A filter that is mounted over some folders. */
interface Mount {
  readonly roots: readonly string[];
  readonly folders: readonly MemoryObject[];
  readonly unlisten: () => Promise<void>;
  lines: FilterLine[];
  /** Its process was killed, and is not there again. */
  isPaused: boolean;
  /** Calls of programs that wait. */
  readonly calls: (() => void)[];
}

/** A file that a program has had open since before a filter was mounted. */
export interface EarlyUser {
  readonly location: string;
  readonly file: MemoryObject;
}

const startAgainMs = 5;

export class MemoryFilter implements Capture {
  readonly counts: FilterCounts = { ...noCounts };
  readonly #parts: MemoryFilterParts;
  readonly #mounts = new Set<Mount>();
  readonly #early = new Set<EarlyUser>();

  constructor(parts: MemoryFilterParts) {
    this.#parts = parts;
  }

  async start(request: CaptureRequest): Promise<CaptureSession> {
    const { disk, clock, chance, isServerRunning } = this.#parts;
    const folders = request.roots.map((root) => disk.resolve(root, false));
    const mount = this.#present(request.roots, folders) ?? (await this.#mount(request.roots, folders));
    while (mount.isPaused) await sleep(clock, startAgainMs);
    const line = new FilterLine(request, {
      clock,
      chance,
      counts: this.counts,
      isServerRunning,
      earlyFiles: () => this.#earlyFiles(request.roots),
      roomChanged: () => clock.after(0, () => this.#goOn(mount)),
    });
    mount.lines = [...mount.lines.filter(({ isOver }) => !isOver), line];
    return line;
  }

  async release(roots: readonly string[]): Promise<void> {
    for (const mount of this.#mounts) {
      const isUsed = mount.lines.some(({ isOver }) => !isOver);
      if (mount.roots.join() === roots.join() && !isUsed) this.#unmount(mount);
    }
  }

  /** A program does something at this location (absolute), as soon as it may. */
  act(location: string, call: () => void): void {
    const mount = this.#mountAt(location);
    if (mount === undefined || (mount.calls.length === 0 && !holdsUp(mount))) {
      call();
      return;
    }
    this.counts.waits += 1;
    mount.calls.push(call);
  }

  /** No program waits in a call, and nothing that happened is on its way to a server. */
  get isQuiet(): boolean {
    return [...this.#mounts].every(
      ({ calls, lines }) => calls.length === 0 && lines.every(({ isOver, isEmpty }) => isOver || isEmpty),
    );
  }

  /** The server was told of everything that happened below this root. */
  isTold(root: string): boolean {
    const lines = this.#mountAt(root)?.lines.filter(({ isOver }) => !isOver) ?? [];
    return lines.length > 0 && lines.every(({ isEmpty }) => isEmpty);
  }

  /** A session says of this root that programs get past the filter. */
  isPassed(root: string): boolean {
    const mount = this.#mountAt(root);
    return mount !== undefined && isPassed(mount);
  }

  /** The filter's process is killed: calls wait until its guard has started it again, and its sessions are over. */
  kill(location: string, pauseMs: number): void {
    const mount = this.#mountAt(location);
    if (mount === undefined || mount.isPaused) return;
    mount.isPaused = true;
    for (const line of mount.lines.splice(0)) line.fail('the filter has ended the connection');
    this.#parts.clock.after(pauseMs, () => {
      mount.isPaused = false;
      this.#goOn(mount);
    });
  }

  /** The server is too busy to take what the filter has for it. */
  readNothing(location: string, durationMs: number): void {
    for (const line of this.#mountAt(location)?.lines ?? []) line.readNothing(durationMs);
  }

  /** The filter and its guard are killed: calls that wait fail, and the folder is what lies beneath until it is filtered again. */
  killWithGuard(location: string): void {
    const mount = this.#mountAt(location);
    if (mount === undefined) return;
    this.#unmount(mount);
    for (const line of mount.lines.splice(0)) line.fail('the filter has ended the connection');
  }

  /** A program opens the file, where no filter is mounted, and keeps it open. */
  openEarly(location: string, file: MemoryObject): EarlyUser {
    const user = { location, file };
    this.#early.add(user);
    return user;
  }

  /** Writes past the filter, if the program still has the file open. Says whether it has. */
  writePast(user: EarlyUser, offset: number, bytes: Uint8Array): boolean {
    if (!this.#early.has(user)) return false;
    this.counts.earlyWrites += 1;
    this.#parts.disk.write(user.file, offset, bytes, user.location);
    return true;
  }

  letGo(user: EarlyUser): void {
    this.#early.delete(user);
  }

  /** Programs get past a filter, or a server has not found out yet that they do so no more. */
  get hasEarlyUsers(): boolean {
    return this.#early.size > 0 || [...this.#mounts].some(isPassed);
  }

  letAllGo(): void {
    this.#early.clear();
  }

  /** The server's process ended; the filters stay. */
  serverEnded(): void {
    for (const mount of this.#mounts) for (const line of mount.lines.splice(0)) line.close();
  }

  /** Nothing that was in memory is left. */
  powerFailed(): void {
    this.#early.clear();
    for (const mount of this.#mounts) {
      this.#unmount(mount);
      for (const line of mount.lines.splice(0)) line.close();
    }
  }

  #present(roots: readonly string[], folders: readonly MemoryObject[]): Mount | undefined {
    for (const mount of this.#mounts) {
      if (mount.roots.join() !== roots.join()) continue;
      if (mount.folders.every((folder, index) => folder === folders[index])) return mount;
      // Another folder stands there now.
      this.#unmount(mount);
    }
    return undefined;
  }

  async #mount(roots: readonly string[], folders: readonly MemoryObject[]): Promise<Mount> {
    const lines: FilterLine[] = [];
    const calls: (() => void)[] = [];
    let unlisten = async (): Promise<void> => undefined;
    const mount: Mount = { roots, folders, unlisten: () => unlisten(), lines, isPaused: false, calls };
    this.#mounts.add(mount);
    const session = await this.#parts.workload.start({ roots, listener: (batch) => this.#hear(mount, batch) });
    unlisten = session.stop;
    return mount;
  }

  #unmount(mount: Mount): void {
    this.#mounts.delete(mount);
    mount.calls.length = 0;
    void mount.unlisten();
  }

  #hear(mount: Mount, batch: readonly CapturedChange[]): undefined {
    for (const change of batch) {
      if (change.kind === 'failed') {
        this.#unmount(mount);
        for (const line of mount.lines.splice(0)) line.fail(change.reason);
        return;
      }
      for (const line of mount.lines) {
        if (change.kind === 'operation') line.record(Buffer.from(change.record));
        else line.lose();
      }
    }
  }

  #goOn(mount: Mount): void {
    while (!holdsUp(mount) && this.#mounts.has(mount)) {
      const call = mount.calls.shift();
      if (call === undefined) return;
      call();
    }
  }

  #mountAt(location: string): Mount | undefined {
    return [...this.#mounts].find(({ roots }) => roots.some((root) => isWithin(location, root)));
  }

  #earlyFiles(roots: readonly string[]): readonly HeldFile[] {
    return [...this.#early]
      .filter(({ location }) => roots.some((root) => isWithin(location, root)))
      .map(({ file: { inode } }) => ({ inode, isMapped: false, timesTell: true }));
  }
}

function isPassed({ lines }: Mount): boolean {
  return lines.some(({ isOver, promise }) => !isOver && promise === 'changes');
}

function holdsUp({ isPaused, lines }: Mount): boolean {
  return isPaused || lines.some((line) => line.holdsUp);
}

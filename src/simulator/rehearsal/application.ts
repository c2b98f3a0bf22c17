// An application of a simulated machine: files, and writes to them, evenly spread. Every write has a number, which stands at
// the beginning of its file from then on; so what a copy lacks can be read from the copy itself.
//
// It writes while its machine is up. After a failover it runs where the replica is, as whoever moves an application with its
// data would have it, and goes on from what it finds there.
import { Failure } from '../../base/failure.ts';
import { isWithin } from '../../base/raw-path.ts';
import type { MemoryDisk, MemoryObject } from '../memory/memory-disk.ts';
import type { Machine } from '../world/world.ts';
import type { Cluster } from './cluster.ts';

/** Files to a folder; many entries in one make each change of it dear. */
const folderFiles = 16;
const fileBytes = 1024;
const numberBytes = 12;
/** The system writes what is in its memory to the disk this often. */
const writeBackMs = 30_000;

interface Write {
  readonly number: number;
  readonly atMs: number;
}

export interface ApplicationPlace {
  readonly server: string;
  /** Absolute. */
  readonly root: string;
}

export class Application {
  readonly #cluster: Cluster;
  readonly #files: number;
  /** For each file its writes since it was last found somewhere, in order. */
  #writes: Write[][];
  #place: ApplicationPlace;
  #count = 0;
  #stopped = false;
  /** When its machine last lost its power. */
  #diedMs = 0;
  #writtenBackMs = 0;

  constructor(cluster: Cluster, place: ApplicationPlace, files: number) {
    this.#cluster = cluster;
    this.#place = place;
    this.#files = files;
    const atMs = cluster.clock.monotonicMs();
    this.#writes = Array.from({ length: files }, () => [{ number: 0, atMs }]);
    this.#makeFiles();
  }

  get place(): ApplicationPlace {
    return this.#place;
  }

  /** Writes from now on, every so many milliseconds. */
  start(everyMs: number): void {
    const next = (): void => {
      if (this.#stopped) return;
      this.#write();
      this.#cluster.clock.after(everyMs, next);
    };
    this.#cluster.clock.after(everyMs, next);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Its machine has lost its power. */
  machineDied(): void {
    this.#diedMs = this.#cluster.clock.monotonicMs();
  }

  /**
   * The time from the first write that the copy lacks to the last moment at which the application could write: what is lost if
   * it goes on with this copy. 0 when the copy has everything.
   */
  lossMs(copy: ApplicationPlace): number {
    const { disk } = this.#cluster.machine(copy.server).files;
    let firstLostMs = Number.POSITIVE_INFINITY;
    for (const [file, writes] of this.#writes.entries()) {
      const known = numberIn(disk, pathIn(copy.root, file));
      const lost = writes.find((write) => write.number > known);
      if (lost !== undefined) firstLostMs = Math.min(firstLostMs, lost.atMs);
    }
    return Number.isFinite(firstLostMs) ? this.#aliveUntilMs() - firstLostMs : 0;
  }

  /** Goes on with this copy: what it lacks has never been. */
  move(copy: ApplicationPlace): void {
    const { disk } = this.#cluster.machine(copy.server).files;
    this.#place = copy;
    this.#writes = this.#writes.map((writes, file) => {
      const known = numberIn(disk, pathIn(copy.root, file));
      return writes.filter((write) => write.number <= known).slice(-1);
    });
  }

  #aliveUntilMs(): number {
    return this.#isUp() ? this.#cluster.clock.monotonicMs() : this.#diedMs;
  }

  /** It lives on the machine, not in the server's process: that may crash alone. */
  #isUp(): boolean {
    return this.#cluster.hasPower(this.#place.server);
  }

  #write(): void {
    if (!this.#isUp()) return;
    const { workload, files } = this.#machine();
    const nowMs = this.#cluster.clock.monotonicMs();
    const number = this.#count + 1;
    const file = (number * 7919) % this.#files;
    try {
      workload.write(pathIn(this.#place.root, file), 0, Buffer.from(numberText(number)));
    } catch (thrown) {
      // A replica that was begun and never became whole has not every file.
      if (!(thrown instanceof Failure)) throw thrown;
      return;
    }
    this.#count = number;
    this.#writes[file]?.push({ number, atMs: nowMs });
    if (nowMs - this.#writtenBackMs < writeBackMs) return;
    this.#writtenBackMs = nowMs;
    files.becomeDurable();
  }

  #machine(): Machine {
    return this.#cluster.machine(this.#place.server);
  }

  #makeFiles(): void {
    const { workload, files } = this.#machine();
    const { disk } = files;
    const make = (path: string): void => {
      if (path === '' || objectAt(disk, path) !== undefined) return;
      make(path.slice(0, path.lastIndexOf('/')));
      workload.makeDirectory(path);
    };
    for (let file = 0; file < this.#files; file += 1) {
      const path = pathIn(this.#place.root, file);
      if (file % folderFiles === 0) make(path.slice(0, path.lastIndexOf('/')));
      const content = Buffer.alloc(fileBytes, `file ${file} `);
      content.write(numberText(0));
      workload.create(path, content);
    }
    files.becomeDurable();
  }
}

/** Where the application would find itself in the replicas of these roots; undefined when it lies in none. */
export function copyOf(
  place: ApplicationPlace,
  target: string,
  roots: readonly { readonly source: string; readonly replica: string }[],
): ApplicationPlace | undefined {
  const above = roots.find((one) => isWithin(place.root, one.source));
  return above && { server: target, root: `${above.replica}${place.root.slice(above.source.length)}` };
}

function pathIn(root: string, file: number): string {
  return `${root}/part${Math.floor(file / folderFiles)}/file${file}`;
}

function numberText(number: number): string {
  return String(number)
    .padStart(numberBytes - 1)
    .concat('\n');
}

/** The number of the last write that is in the file; -1 when there is no such file. */
function numberIn(disk: MemoryDisk, path: string): number {
  const object = objectAt(disk, path);
  return object?.kind === 'file' ? Number(object.content.read(0, numberBytes).toString('latin1')) : -1;
}

function objectAt(disk: MemoryDisk, path: string): MemoryObject | undefined {
  let object: MemoryObject | undefined = disk.root;
  for (const name of path.slice(1).split('/')) object = object?.entries.get(name);
  return object;
}

// A disk that can lose its power: a file system (ext4) on a loop device over a file. Only what was synced is in that file, so
// a copy of it at any moment is the disk as a power failure at that moment would leave it. Needs root.
//
// Nothing is left over: the loop device is given back by the kernel with the last unmount, which `remove` sees to.
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, renameSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sparse; a server wants some space to be free. */
const diskBytes = 2 ** 30;
/** The journal is not committed by itself meanwhile: nothing but a sync makes anything durable. */
const mountOptions = 'commit=600';
const idleMs = 30;

export class VolatileDisk {
  readonly #file: string;
  readonly #mountPoint: string;
  #device = '';

  /** Mounts a new file system, kept in `file`, at `mountPoint`, an empty folder. */
  constructor(file: string, mountPoint: string) {
    this.#file = file;
    this.#mountPoint = mountPoint;
    const descriptor = openSync(file, 'wx');
    ftruncateSync(descriptor, diskBytes);
    closeSync(descriptor);
    execFileSync('mkfs.ext4', [
      '-q',
      '-F',
      '-N',
      '16384',
      '-J',
      'size=8',
      '-E',
      'lazy_itable_init=0,lazy_journal_init=0',
      file,
    ]);
    this.#mount();
  }

  /**
   * What is durable now, as a second disk that is kept aside. Whoever writes on this one is stopped already; a sync that is
   * under way is let end, so that the copy is of one moment.
   */
  async failPower(): Promise<void> {
    let before = '';
    for (let state = this.#activity(); state !== before; state = this.#activity()) {
      before = state;
      await sleep(idleMs);
    }
    execFileSync('cp', ['--sparse=always', this.#file, `${this.#file}.durable`]);
  }

  /** The power is back: in place of the disk, which nobody uses any more, what was durable at the failure. */
  restorePower(): void {
    this.#unmount();
    renameSync(`${this.#file}.durable`, this.#file);
    this.#mount();
  }

  remove(): void {
    this.#unmount();
  }

  #mount(): void {
    this.#device = execFileSync('losetup', ['--find', '--show', this.#file], { encoding: 'utf8' }).trim();
    try {
      execFileSync('mount', ['-o', mountOptions, this.#device, this.#mountPoint]);
    } finally {
      // While it is mounted the kernel only takes a note of this.
      execFileSync('losetup', ['--detach', this.#device]);
    }
  }

  #unmount(): void {
    execFileSync('umount', [this.#mountPoint]);
  }

  /** Grows with every write of the device; its ninth field is what is under way. */
  #activity(): string {
    return readFileSync(`/sys/block/${basename(this.#device)}/stat`, 'utf8');
  }
}

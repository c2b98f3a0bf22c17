// A machine for the proof of the Debian package: a clean Debian in a folder, in which programs run by chroot(8), and the unit of the
// package is started as systemd would start it, which is not there.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatagramReceiver } from './datagram-receiver.ts';

const patienceMs = 60_000;
const unitFile = 'usr/lib/systemd/system/understudy@.service';
export const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

export interface Said {
  readonly status: number | null;
  readonly text: string;
}

export class Machine {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, content: string): void {
    mkdirSync(join(this.path(name), '..'), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Runs a program, and gives how it ended and what it said. */
  try(...words: readonly string[]): Said {
    const ended = spawnSync('chroot', [this.root, ...words], { encoding: 'utf8', env: environment });
    return { status: ended.status, text: `${ended.stdout}${ended.stderr}` };
  }

  /** The same for one that has to end well. */
  run(...words: readonly string[]): string {
    const { status, text } = this.try(...words);
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}:\n${text}`);
    return text;
  }

  install(deb: string): string {
    mkdirSync(this.path('srv/proof'), { recursive: true });
    cpSync(deb, this.path(`srv/proof/${basename(deb)}`));
    return this.run('dpkg', '--install', `/srv/proof/${basename(deb)}`);
  }

  /** Every file, as a path from the root, but for what belongs to the kernel, and folders for what does not last. */
  files(): string[] {
    const others = /^(?:proc|sys|dev|run|tmp)\//;
    return globSync('**/{*,.*}', { cwd: this.root })
      .filter((path) => !others.test(path))
      .toSorted();
  }

  /** Starts an instance of the unit; resolves when it says that it is ready. */
  async start(instance: string): Promise<Service> {
    const unit = this.read(unitFile);
    const setting = (name: string): string =>
      new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]?.replaceAll('%i', instance) ?? '';
    const socket = `/run/notify-${instance}-${process.hrtime.bigint()}`;
    const service = new Service(this.path(socket), () =>
      spawn('chroot', [this.root, ...setting('ExecStart').split(' ')], {
        env: { ...environment, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    await service.hears('READY=1');
    return service;
  }
}

/** A process of the unit, with what it tells the service manager. */
export class Service {
  readonly #receiver: DatagramReceiver;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #heard: string[] = [];
  /** A socket holds few datagrams, so somebody has to read. */
  readonly #reading: NodeJS.Timeout;
  #said = '';

  constructor(socket: string, start: () => ChildProcess) {
    this.#receiver = new DatagramReceiver(socket);
    this.#child = start();
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        this.#said += piece.toString('utf8');
      });
    }
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#reading = setInterval(() => this.#take(), 50);
  }

  /** Waits until it has told this. */
  async hears(line: string): Promise<void> {
    for (const endMs = performance.now() + patienceMs; !this.#take().includes(line); await sleep(20)) {
      if (this.#child.exitCode !== null) {
        await this.#ended;
        this.#close();
        throw new Error(`the service ended with ${this.#child.exitCode}: ${this.#said}`);
      }
      if (performance.now() > endMs) throw new Error(`the service never told ${line}, only ${this.#heard.join(' ')}`);
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const code = await this.#ended;
    if (code !== 0 || !this.#take().includes('STOPPING=1')) {
      throw new Error(`the service ended with ${code}, after ${this.#heard.join(' ')}: ${this.#said}`);
    }
    this.#close();
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    this.#close();
  }

  #close(): void {
    clearInterval(this.#reading);
    this.#receiver.close();
  }

  #take(): readonly string[] {
    this.#heard.push(...this.#receiver.received().flat());
    return this.#heard;
  }
}

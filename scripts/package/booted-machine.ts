// A clean Debian in a folder with a systemd that runs, in namespaces of its own: processes, mounts, network, control groups.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment, Machine, type Said } from './machine.ts';

const patienceMs = 120_000;

/** Mounts what systemd needs in the root `$1`, and becomes it. */
const boot = `mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t sysfs sysfs "$1/sys"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
mount -t tmpfs tmpfs "$1/run"
mount --bind /dev "$1/dev"
ip link set lo up
cd "$1"
exec env -i container=proof PATH="$PATH" chroot "$1" /lib/systemd/systemd --system systemd.unit=multi-user.target`;

export class BootedMachine extends Machine {
  readonly #group: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  constructor(root: string) {
    super(root);
    this.#group = join(unifiedGroups(), `understudy-proof-${process.pid}`);
    mkdirSync(this.#group);
    const apart = 'exec unshare --mount --pid --fork --kill-child --cgroup --ipc --uts --net sh -ec "$2" sh "$1"';
    const words = ['-ec', `echo $$ > "$3/cgroup.procs"\n${apart}`, 'sh', root, boot, this.#group];
    this.#child = spawn('sh', words, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#gone = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  override try(...words: readonly string[]): Said {
    const { pid } = this.#child;
    const [init] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    const enter = ['--target', `${init}`, '--all', '--root', '--wd', ...words];
    const { status, stdout, stderr } = spawnSync('nsenter', enter, { encoding: 'utf8', env: environment });
    return { status, text: `${stdout}${stderr}` };
  }

  /** Waits until what the words print is this. */
  async prints(expected: RegExp, ...words: readonly string[]): Promise<string> {
    for (const endMs = performance.now() + patienceMs; ; await sleep(200)) {
      const { text } = this.try(...words);
      if (expected.test(text)) return text;
      if (performance.now() > endMs) throw new Error(`${words.join(' ')} never printed ${expected}: ${text}`);
    }
  }

  /** A property of a unit (systemctl(1), show). */
  property(unit: string, name: string): string {
    return this.run('systemctl', 'show', '--value', `--property=${name}`, unit).trim();
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
    // The kernel takes a moment to end the processes of a namespace.
    for (const endMs = performance.now() + patienceMs; !this.#removeGroups(); await sleep(100)) {
      if (performance.now() > endMs) throw new Error(`${this.#group} cannot be removed`);
    }
  }

  #removeGroups(): boolean {
    try {
      const below = globSync('**/', { cwd: this.#group }).toSorted().reverse();
      for (const folder of below) rmdirSync(join(this.#group, folder));
      rmdirSync(this.#group);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
  }
}

/** Where the control groups of version 2 are mounted. */
function unifiedGroups(): string {
  const mount = / (\/\S+) \S+(?: \S+)* - cgroup2 /.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1];
  if (mount === undefined) throw new Error('no control groups of version 2 are mounted, which systemd needs');
  return mount;
}

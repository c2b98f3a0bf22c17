// A network of two hosts, for tests that change addresses: this thread and whatever it starts are the one, a program in a second
// network namespace is the other. The machine's own network is never touched. Root only.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const unshare = libc.func('unshare', 'int', ['int']);
const setns = libc.func('setns', 'int', ['int', 'int']);
const newNetwork = 0x40000000;

export class TwoHosts {
  /** The interface of this side, and that of the other. */
  readonly here = 'here0';
  readonly there = 'there0';
  readonly #own: number;
  #other: ChildProcess | undefined;

  private constructor(own: number) {
    this.#own = own;
  }

  static async open(): Promise<TwoHosts> {
    const hosts = new TwoHosts(openSync('/proc/thread-self/ns/net', 'r'));
    try {
      if (unshare(newNetwork) !== 0) throw new Error('no network namespace can be made: this test needs root');
      hosts.#other = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 600'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      if (hosts.#other.stdout !== null) await once(hosts.#other.stdout, 'data');
      hosts.#ip(
        'link',
        'add',
        hosts.here,
        'type',
        'veth',
        'peer',
        'name',
        hosts.there,
        'netns',
        String(hosts.#other.pid),
      );
      hosts.#ip('link', 'set', hosts.here, 'up');
      hosts.onOther('ip', 'link', 'set', hosts.there, 'up');
      // Addresses of the link's own would be looked for by the kernel first, which takes a second.
      hosts.#ip('link', 'set', 'lo', 'up');
      return hosts;
    } catch (thrown) {
      await hosts.close();
      throw thrown;
    }
  }

  /** Runs a program on the other host; gives what it prints. */
  onOther(program: string, ...words: readonly string[]): string {
    return execFileSync('nsenter', ['--net', '--target', String(this.#other?.pid), '--', program, ...words], {
      encoding: 'utf8',
    });
  }

  async close(): Promise<void> {
    setns(this.#own, newNetwork);
    closeSync(this.#own);
    if (this.#other !== undefined && this.#other.exitCode === null) {
      const ended = once(this.#other, 'exit');
      this.#other.kill('SIGKILL');
      await ended;
    }
  }

  #ip(...words: readonly string[]): void {
    execFileSync('ip', words);
  }
}

// A reader who types what a document says: shell commands with bash, DTCL at the prompt of a home. What a reader would put
// in by hand is put in here: the pairing code, process numbers; and what would disturb this machine is moved: the
// folder /tmp/understudy-tour, ports, the DNS server.
//
// Nothing is left over: the servers that were started in the background are killed at the end, whatever happened.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeFiltersAway } from '../support/filters.ts';

const projectFolder = join(import.meta.dirname, '../..');
const entry = join(projectFolder, 'bin/understudy.js');
const tourFolder = '/tmp/understudy-tour';

/** The commands without the second that npx takes; that npx finds the program is a test of its own. */
const prelude = `npx() { shift; "${process.execPath}" "${entry}" "$@"; }\n`;

export class Reader {
  readonly #folder = mkdtempSync(join(tmpdir(), 'understudy-docs-'));
  readonly #outputFile = join(this.#folder, 'output');
  readonly #replacements: [string, string][] = [[tourFolder, join(this.#folder, 'tour')]];
  readonly #groups: number[] = [];
  #serversStarted = 0;

  /** Moves each `127.0.0.1:PORT` of the document to a port that is free. */
  async movePorts(ports: readonly number[]): Promise<void> {
    const servers = await Promise.all(ports.map(listenAnywhere));
    for (const [index, { port, close }] of servers.entries()) {
      this.replace(`127.0.0.1:${ports[index]}`, `127.0.0.1:${port}`);
      await close();
    }
  }

  replace(text: string, by: string): void {
    this.#replacements.push([text, by]);
  }

  /** Types a block into a shell. Rejects with everything that was printed when its last command fails, or any before. */
  async shell(text: string): Promise<string> {
    const typed = this.#typed(text);
    const before = this.#output().length;
    const code = await this.#run('bash', ['-eu', '-o', 'pipefail', '-c', `${prelude}${typed}`], null);
    if (code !== 0) throw new Error(`ended with ${code}:\n${typed}\n--- output\n${this.#output()}`);
    this.#serversStarted += typed.match(/^npx understudy serve /gm)?.length ?? 0;
    await this.#until(() => this.#ready().length >= this.#serversStarted, 'a server did not become ready');
    for (const [, processId] of typed.matchAll(/^kill (?:-9 )?(\d+)$/gm)) {
      await this.#until(() => !isAlive(Number(processId)), `process ${processId} is still there`);
    }
    return this.#output().slice(before);
  }

  /** Types lines at the prompt of a home, and rejects when one of them was answered with an error. */
  async prompt(home: string, text: string): Promise<string> {
    const before = this.#output().length;
    const typed = this.#typed(text);
    const code = await this.#run(process.execPath, [entry, 'repl', '--home', this.#typed(home)], typed);
    const answer = this.#output().slice(before);
    if (code !== 0 || /^error/m.test(answer)) throw new Error(`ended with ${code}:\n${typed}\n--- output\n${answer}`);
    return answer;
  }

  close(): void {
    for (const group of this.#groups) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // Nobody of this group is left.
      }
    }
    takeFiltersAway(this.#folder);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** In a group of its own, so that what it leaves in the background can be ended. */
  async #run(program: string, words: readonly string[], input: string | null): Promise<number | null> {
    const output = openSync(this.#outputFile, 'a');
    const child = spawn(program, words, {
      cwd: projectFolder,
      stdio: [input === null ? 'ignore' : 'pipe', output, output],
      detached: true,
      env: { ...process.env, XDG_STATE_HOME: join(this.#folder, 'state') },
    });
    closeSync(output);
    if (child.pid !== undefined) this.#groups.push(child.pid);
    child.stdin?.end(input);
    // Not `close`: servers in the background keep the output open.
    return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  }

  #typed(text: string): string {
    let typed = text;
    for (const [from, to] of this.#replacements) typed = typed.replaceAll(from, to);
    const code = this.#output().match(/^Code: +(\S+)$/m)?.[1];
    if (code !== undefined) typed = typed.replaceAll(/\bCODE\b/g, code);
    // A server that was started again is meant, and not its process from before.
    for (const [name, processId] of new Map(this.#ready()))
      typed = typed.replaceAll(`PID-OF-${name.toUpperCase()}`, processId);
    return typed;
  }

  /** The servers that said that they are ready, with their process numbers. */
  #ready(): readonly (readonly [string, string])[] {
    const found = this.#output().matchAll(/^(\S+) is ready: .* process (\d+)$/gm);
    return Array.from(found, ([, name = '', processId = '']) => [name, processId] as const);
  }

  #output(): string {
    try {
      return readFileSync(this.#outputFile, 'utf8');
    } catch {
      // Nothing was run yet.
      return '';
    }
  }

  async #until(condition: () => boolean, otherwise: string): Promise<void> {
    const endMs = performance.now() + 240_000;
    while (!condition()) {
      if (performance.now() > endMs) throw new Error(`${otherwise}\n--- output\n${this.#output()}`);
      await sleep(50);
    }
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

async function listenAnywhere(): Promise<{ readonly port: number; readonly close: () => Promise<unknown> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return { port: address.port, close: () => new Promise((resolve) => server.close(resolve)) };
}

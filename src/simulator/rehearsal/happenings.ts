// Makes happen what the scenario says. A server may be named by its place: the source and the target of the first connection
// that there was, for the whole rehearsal, whatever fails over later.
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { MemoryProgram } from '../memory/memory-programs.ts';
import type { Application } from './application.ts';
import type { Cluster } from './cluster.ts';
import type { Happening, ProgramOutcome, ScenarioDnsServer, Who } from './scenario.ts';

const slowLatencyMs = 150;
/** How long a program takes that has nothing to do. */
const programMs = 100;

export interface HappeningsParts {
  readonly cluster: Cluster;
  readonly applications: readonly Application[];
  /** The servers that the script has named as its source and target; before there is a connection. */
  readonly named: () => Readonly<Record<'source' | 'target', string | undefined>>;
}

export class Happenings {
  readonly #parts: HappeningsParts;
  readonly #programs = new Map<string, ProgramOutcome>();
  readonly #roles = new Map<'source' | 'target', string>();

  constructor(parts: HappeningsParts) {
    this.#parts = parts;
    const { cluster } = parts;
    for (const name of cluster.names) {
      cluster.machine(name).programs.onStart = (program) => this.#program(program);
    }
  }

  /** Says what it was, with the names of servers. Rejects with a Failure when the scenario asks for what is not there. */
  async happen(what: Happening): Promise<string> {
    switch (what.kind) {
      case 'dies':
      case 'crashes':
      case 'returns':
        return this.#life(what.kind, await this.#server(what.who));
      case 'partition':
        return this.#partition(what.durationMs, what.between);
      case 'slow network':
        return this.#slow(what.durationMs);
      case 'disk full':
      case 'disk fails':
        return this.#disk(await this.#server(what.who), what.kind === 'disk full' ? 'ENOSPC' : 'EIO', what.durationMs);
      case 'capture overflows':
      case 'capture fails':
        return this.#capture(what.kind, await this.#server(what.who));
      case 'clock':
        return this.#clock(await this.#server(what.who), what.byMs);
      case 'program':
        this.#setProgram(what.path, what.outcome);
        return `${what.path} ${outcomeText(what.outcome)}`;
      case 'dns fails':
      case 'dns returns':
        return this.#dns(what, what.kind === 'dns fails');
    }
  }

  async #server(who: Who): Promise<string> {
    if ('server' in who) return who.server;
    const known = this.#roles.get(who.role) ?? (await this.#inRole(who.role));
    if (known === undefined) {
      throw new Failure({
        code: 'REHEARSAL-NO-SERVER',
        operation: 'find the server that is',
        subject: who.role.toUpperCase(),
        reason: 'the script has made no connection yet, and has named none',
        hint: 'let it happen later, or name the server',
      });
    }
    this.#roles.set(who.role, known);
    return known;
  }

  /** A server that is down says nothing of its jobs, but the other one does. */
  async #inRole(role: 'source' | 'target'): Promise<string | undefined> {
    const jobs = (await this.#parts.cluster.jobs()).map(({ report }) => report);
    const first = jobs.toSorted((one, other) => one.establishedMs - other.establishedMs)[0];
    if (first === undefined) return this.#parts.named()[role];
    this.#roles.set('source', first.source);
    this.#roles.set('target', first.target);
    return first[role];
  }

  #life(kind: 'dies' | 'crashes' | 'returns', server: string): string {
    const { cluster, applications } = this.#parts;
    if (kind === 'returns') cluster.start(server);
    else if (kind === 'crashes') cluster.crash(server);
    else {
      for (const one of applications) if (one.place.server === server) one.machineDied();
      cluster.die(server);
    }
    return `${server} ${kind}`;
  }

  #partition(durationMs: number, between: readonly [string, string] | undefined): string {
    const { cluster } = this.#parts;
    const { network } = cluster.world;
    const pairs = between === undefined ? pairsOf(cluster.names) : [between];
    for (const [one, other] of pairs) network.hold(one, other);
    cluster.clock.after(durationMs, () => {
      for (const [one, other] of pairs) network.heal(one, other);
    });
    const who = between === undefined ? 'all servers' : between.join(' and ');
    return `the network between ${who} is parted for ${durationMs / 1000} s`;
  }

  #slow(durationMs: number): string {
    const { cluster } = this.#parts;
    cluster.world.network.setLatency(slowLatencyMs);
    cluster.clock.after(durationMs, () => cluster.world.network.setLatency(undefined));
    return `the network is slow for ${durationMs / 1000} s`;
  }

  #disk(server: string, code: 'ENOSPC' | 'EIO', durationMs: number): string {
    const { troubles } = this.#parts.cluster.machine(server);
    troubles.begin('replica writes', code, durationMs);
    troubles.begin('journal writes', code, durationMs);
    if (code === 'EIO') troubles.begin('workload reads', code, durationMs);
    return `the disk of ${server} ${code === 'EIO' ? 'fails' : 'is full'} for ${durationMs / 1000} s`;
  }

  #capture(kind: 'capture overflows' | 'capture fails', server: string): string {
    const { workload } = this.#parts.cluster.machine(server);
    if (kind === 'capture overflows') workload.overflow();
    else workload.fail('the kernel gave up');
    return `${kind} on ${server}`;
  }

  #clock(server: string, byMs: number): string {
    this.#parts.cluster.machine(server).clock.set(byMs);
    return `the clock of ${server} is set by ${byMs / 1000} s`;
  }

  #dns(address: Pick<ScenarioDnsServer, 'host' | 'port'>, down: boolean): string {
    this.#parts.cluster.world.names.setDown(address, down);
    return `the DNS server ${address.host}:${address.port} ${down ? 'does not answer' : 'answers again'}`;
  }

  #setProgram(path: string, outcome: ProgramOutcome): void {
    const { cluster } = this.#parts;
    this.#programs.set(path, outcome);
    for (const name of cluster.names) {
      const { programs } = cluster.machine(name);
      if (outcome === 'is missing') programs.refuse(path, 'PROGRAM-MISSING');
      else programs.allow(path);
    }
  }

  /** What the scenario has said of a program up to now. */
  outcomeOf(path: string): ProgramOutcome | undefined {
    return this.#programs.get(path);
  }

  #program(program: MemoryProgram): void {
    play(program, this.outcomeOf(program.request.program) ?? 'succeeds', this.#parts.cluster.clock);
  }
}

/** Lets a program on paper do what the scenario says of it. */
export function play(program: MemoryProgram, outcome: ProgramOutcome, clock: Clock): void {
  if (outcome === 'hangs') return;
  const end =
    typeof outcome === 'object'
      ? { exitCode: outcome.exitCode, output: outcome.lines.map((line) => `${line}\n`).join('') }
      : { exitCode: outcome === 'fails' ? 1 : 0 };
  clock.after(programMs, () => program.end(end));
}

function outcomeText(outcome: ProgramOutcome): string {
  return typeof outcome === 'object' ? `answers with code ${outcome.exitCode}` : outcome;
}

function pairsOf(names: readonly string[]): (readonly [string, string])[] {
  return names.flatMap((one, index) => names.slice(index + 1).map((other) => [one, other] as const));
}

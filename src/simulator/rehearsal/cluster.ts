// The servers of a rehearsal, as the script meets them from a machine of its own: it calls them by their names as it would
// over their API. A name that is none of them is unknown; a server that is down does not answer, nor does it answer a call
// that it was in the middle of.
import { Failure } from '../../base/failure.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { JobReport } from '../../model/report.ts';
import { callOn, type Server, type ServerMethod, serverFrom } from '../../runtime/contract/server.ts';
import type { KnownServer, ServerDirectory } from '../../runtime/contract/server-directory.ts';
import type { ServerParts } from '../../runtime/jobs/server-parts.ts';
import type { ManualClock } from '../time/manual-clock.ts';
import { type Machine, World } from '../world/world.ts';
import type { ScenarioServer } from './scenario.ts';

export interface ClusterOptions {
  readonly seed: number;
  readonly servers: readonly ScenarioServer[];
  readonly onEvent: (server: string, event: ServerEvent) => void;
  /** What servers are given besides the ports of the world. */
  readonly parts: (name: string) => Partial<ServerParts>;
}

type Give = (failure: Failure) => void;

/** A job as one of its servers tells of it. */
export interface ToldJob {
  readonly server: string;
  readonly report: JobReport;
}

export class Cluster implements ServerDirectory {
  readonly local = undefined;
  readonly ownName = undefined;
  readonly world: World;
  readonly #powerless = new Set<string>();
  /** By server, the calls it has not answered yet: how to tell whoever waits that no answer comes. */
  readonly #waiting = new Map<string, Set<Give>>();
  readonly #servers = new Map<string, Server>();

  constructor({ seed, servers, onEvent, parts }: ClusterOptions) {
    const names = servers.map(({ name }) => name);
    this.world = new World({ seed, servers: names, capture: 'changes', unrecorded: true, onEvent, parts });
    for (const { name, addresses } of servers) {
      for (const address of addresses) this.world.network.addAddress(name, address);
      this.#waiting.set(name, new Set());
      this.#servers.set(name.toLowerCase(), this.#remote(name));
      this.world.start(name);
    }
  }

  get clock(): ManualClock {
    return this.world.clock;
  }

  get names(): readonly string[] {
    return this.world.serverNames;
  }

  machine(name: string): Machine {
    return this.world.machine(name);
  }

  hasPower(name: string): boolean {
    return !this.#powerless.has(name);
  }

  /** The machine loses its power, and with it what was not written to its disk. */
  die(name: string): void {
    this.#powerless.add(name);
    this.world.losePower(name);
    this.#giveUp(name);
  }

  /** The server's process ends in the middle of everything; the machine goes on. */
  crash(name: string): void {
    this.world.kill(name);
    this.#giveUp(name);
  }

  start(name: string): void {
    this.#powerless.delete(name);
    this.world.start(name);
  }

  async get(name: string): Promise<Server> {
    const server = this.#servers.get(name.toLowerCase());
    if (server !== undefined) return server;
    throw new Failure({
      code: 'SERVER-UNKNOWN',
      operation: 'find the server',
      subject: name,
      reason: `the scenario has ${this.names.join(', ')}`,
      hint: 'name one of them; a server that is missing in the scenario belongs to its SERVERS',
    });
  }

  async known(): Promise<readonly KnownServer[]> {
    return this.names.map((name) => ({ name, address: null, access: 'full' }));
  }

  /** What every server that is up says of its jobs. */
  async jobs(): Promise<readonly ToldJob[]> {
    const told = this.names.map(async (server) => {
      const reports = (await this.world.server(server)?.jobs.list()) ?? [];
      return reports.map((report) => ({ server, report }));
    });
    return (await Promise.all(told)).flat();
  }

  /** Ends everything, so that nothing of this cluster goes on. */
  close(): void {
    for (const name of this.names) this.crash(name);
  }

  #giveUp(name: string): void {
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, new Set());
    for (const give of waiting) give(noAnswer(name));
  }

  #remote(name: string): Server {
    return serverFrom(name, (method, given) => this.#call(name, method, given));
  }

  #call(name: string, method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
    const server = this.world.server(name);
    if (server === undefined) return Promise.reject(noAnswer(name));
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(name);
      waiting?.add(reject);
      callOn(server, method, given)
        .then(resolve, reject)
        .finally(() => waiting?.delete(reject));
    });
  }
}

function noAnswer(name: string): Failure {
  return new Failure({
    code: 'LINK-REFUSED',
    operation: 'call the server',
    subject: name,
    reason: 'nothing listens there',
    hint: `in this rehearsal ${name} is down`,
    retryable: true,
  });
}

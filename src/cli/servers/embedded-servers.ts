// The directory of an embedded run: every name is a server in this process, made when it is first used. Only the
// replicas of a run outlive it. At its end each connection is disconnected, which waits until the replica has
// everything and leaves it in place, and schedules are removed. Before a server is used, connections and schedules of a
// killed run are ended.
//
// A connection that has failed over is the exception: its replica is the live copy, so the connection stays, now and in
// later runs. The paths stay live even without the connection (LIVE LIST), so that no later run mirrors over them.
import { asFailure, Failure } from '../../base/failure.ts';
import { checkServerName, sameServerName } from '../../base/given-names.ts';
import { displayPath } from '../../base/raw-path.ts';
import { nearestMatch } from '../../language/diagnostics/nearest-match.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { JobReport } from '../../model/report.ts';
import { wayBackText } from '../../model/way-back.ts';
import type { Server } from '../../runtime/contract/server.ts';
import { isAddress, isThisMachine } from '../../runtime/contract/server-address.ts';
import type { KnownServer, ServerDirectory } from '../../runtime/contract/server-directory.ts';
import type { EmbeddedServerMaker, OwnServer } from './own-server.ts';

export interface EmbeddedServersOptions {
  readonly make: EmbeddedServerMaker;
  readonly onEvent: (server: string, event: ServerEvent) => void;
  /** Receives lines that the operator should know. */
  readonly note: (line: string) => void;
  /** The names of the servers that earlier runs have made in this home. */
  readonly stored: () => Promise<readonly string[]>;
  /** Asked before a server is made; without it, servers are made as they are named, and those beside older ones noted. */
  readonly confirm?: Confirm;
}

/** Asks the operator a question; true means yes, and undefined that nobody can be asked now. */
export type Confirm = (question: string) => Promise<boolean | undefined>;

export class EmbeddedServers implements ServerDirectory {
  /** No server is local: a script has to name its servers. */
  readonly local = undefined;
  readonly ownName = undefined;
  readonly #options: EmbeddedServersOptions;
  readonly #servers = new Map<string, Promise<OwnServer>>();
  readonly #cleared = new Map<string, Promise<void>>();
  readonly #admitted = new Map<string, Promise<void>>();
  /** Lines about the replicas that `unended` found, by the id of the job. */
  readonly #notUpToDate = new Map<string, string>();
  /** Whether the home had no servers when the first one was named. */
  #isFresh: Promise<boolean> | undefined;

  constructor(options: EmbeddedServersOptions) {
    this.#options = options;
  }

  /** `localhost` and its addresses name one server of this process; at another address is none of them. */
  async get(written: string): Promise<Server> {
    const name = embeddedName(written);
    const key = name.toLowerCase();
    const admitted = this.#admitted.get(key) ?? this.#admit(name);
    this.#admitted.set(key, admitted);
    // A name that was refused is asked about again.
    await admitted.catch((error) => {
      this.#admitted.delete(key);
      throw error;
    });
    const { server } = await this.#open(name);
    const cleared = this.#cleared.get(key) ?? this.#endLeftovers(server);
    this.#cleared.set(key, cleared);
    await cleared;
    return server;
  }

  /** The servers that were named so far. */
  async known(): Promise<readonly KnownServer[]> {
    return (await this.#opened()).map(({ server }) => ({ name: server.name, address: null, access: 'full' as const }));
  }

  /** What the connections wait for until they have ended, a line for each. Never rejects. */
  async unended(): Promise<readonly string[]> {
    const lists = await Promise.allSettled((await this.#opened()).map(({ server }) => server.jobs.list()));
    const reports = lists.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const left = reports.filter(({ role, failedOver }) => role === 'source' && !failedOver);
    this.#notUpToDate.clear();
    return left.map((report) => {
      const waiting = Math.max(0, report.sequence.head - report.sequence.applied);
      const noteLack = (lack: string): void =>
        void this.#notUpToDate.set(report.jobId, `the replica of ${titleOf(report)} ${lack}: ${placesOf(report)}`);
      if (report.mirror.completed === 0) {
        noteLack('is not whole');
        return `${titleOf(report)} ends in the middle of its mirror`;
      }
      noteLack(waiting > 0 ? 'is not up to date' : 'may lack the last changes');
      return `${titleOf(report)} is brought to a clean stop, ${waiting.toLocaleString('en')} operations wait on ${report.target}`;
    });
  }

  /** A line for each connection that `unended` found and that has not ended since. */
  notUpToDate(): readonly string[] {
    return [...this.#notUpToDate.values()];
  }

  /** The servers that could be made. */
  async #opened(): Promise<readonly OwnServer[]> {
    const opened = await Promise.allSettled(this.#servers.values());
    return opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /** False when a connection did not end as it should. */
  async stop(): Promise<boolean> {
    const opened = await this.#opened();
    let clean = true;
    for (const { server } of opened) {
      await removeSchedules(server);
      for (const report of await server.jobs.list()) {
        if (report.role === 'source') clean = (await this.#end(server, report, '')) && clean;
      }
    }
    this.#servers.clear();
    for (const own of opened) await own.stop();
    return clean;
  }

  /** A name that no server of this home has may be a slip, so a person is asked, and others are told. */
  async #admit(name: string): Promise<void> {
    checkServerName(name);
    const storing = this.#options.stored();
    this.#isFresh ??= storing.then((names) => names.length === 0);
    const stored = await storing;
    if (isThisMachine(name) || stored.some((one) => sameServerName(one, name))) return;
    const { confirm, note } = this.#options;
    const nearest = nearestMatch(name, stored);
    const answer = await confirm?.(
      `There is no server "${name}" in this home yet.${nearest === undefined ? '' : ` Did you mean ${nearest}?`} Make it?`,
    );
    if (answer === true) return;
    if (answer === undefined) {
      const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      // In a home without servers every name is new, and a note would tell nothing.
      if (!(await this.#isFresh)) note(`note: ${name} is a new server, made in this home${meant}`);
      return;
    }
    throw new Failure({
      code: 'SERVER-UNKNOWN',
      operation: 'find the server',
      subject: name,
      reason: 'this home has no server of that name, and none was to be made',
      hint: nearest === undefined ? 'name it again and answer y' : `write ${nearest}, or name it again and answer y`,
    });
  }

  async #open(name: string): Promise<OwnServer> {
    const key = name.toLowerCase();
    const opened = this.#servers.get(key) ?? this.#make(name);
    this.#servers.set(key, opened);
    try {
      return await opened;
    } catch (error) {
      // The next use tries again, and reports again.
      this.#servers.delete(key);
      throw error;
    }
  }

  async #make(name: string): Promise<OwnServer> {
    const own = await this.#options.make(name, this);
    own.eventLog.subscribe((event) => this.#options.onEvent(own.server.name, event));
    return own;
  }

  async #endLeftovers(server: Server): Promise<void> {
    await removeSchedules(server);
    for (const report of await server.jobs.list()) {
      if (report.role === 'source') await this.#end(server, report, ' of an earlier run');
      else if (!report.failedOver) await this.#forgetOrphan(server, report);
    }
  }

  /** The target of a killed run may know a connection that its source no longer knows. */
  async #forgetOrphan(target: Server, { jobId, source }: JobReport): Promise<void> {
    const known = await (await this.#open(source)).server.jobs.list();
    if (!known.some((one) => one.jobId === jobId)) await forget(target, jobId);
  }

  async #end(source: Server, report: JobReport, whose: string): Promise<boolean> {
    const { jobId } = report;
    const { note } = this.#options;
    const title = `C${titleOf(report).slice(1)}${whose}`;
    const places = placesOf(report);
    try {
      const target = (await this.#open(report.target)).server;
      const other = (await target.jobs.list()).find((one) => one.jobId === jobId);
      if (report.failedOver || other?.failedOver === true) {
        note(`${title} has failed over: the live copy is ${places}. ${wayBackText(report.source, report.target)}`);
        return true;
      }
      const whole = report.mirror.completed > 0 && report.targetState === 'OK';
      await source.jobs.disconnect(jobId);
      // The source tells the target, unless their link was not made yet.
      await forget(target, jobId);
      this.#notUpToDate.delete(jobId);
      note(
        whole
          ? `${title} came to a clean stop: the replica is ${places}`
          : `${title} ended in the middle of its mirror: the replica ${places} is not whole`,
      );
      return true;
    } catch (error) {
      note(
        `${title} did not come to a clean stop: ${asFailure(error, 'end', title).reason}; state ${report.targetState}`,
      );
      return false;
    }
  }
}

function titleOf({ number, replicationSet, target }: JobReport): string {
  return `connection ${number} (${replicationSet} to ${target})`;
}

function placesOf({ roots }: JobReport): string {
  return roots.map((root) => displayPath(root.replica)).join(', ');
}

/** The name of the server that a script means by a name or an address. Throws `SERVER-UNKNOWN` at another machine's. */
export function embeddedName(written: string): string {
  if (isThisMachine(written)) return 'localhost';
  if (isAddress(written)) throw noServerAt(written);
  return written;
}

function noServerAt(address: string): Failure {
  return new Failure({
    code: 'SERVER-UNKNOWN',
    operation: 'find the server',
    subject: address,
    reason:
      'this home knows no other server, so the servers of this run are all in this process, and have no addresses',
    hint: 'Give it a name to run it here, or pair with it: understudy pair HOST:PORT --code CODE',
  });
}

async function forget(server: Server, jobId: string): Promise<void> {
  try {
    await server.jobs.disconnect(jobId);
  } catch (error) {
    const failure = asFailure(error, 'forget the connection', server.name);
    if (failure.code !== 'JOB-UNKNOWN') throw failure;
  }
}

async function removeSchedules(server: Server): Promise<void> {
  for (const { specification } of await server.schedules.list()) await server.schedules.remove(specification.name);
}

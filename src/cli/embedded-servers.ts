// The directory of an embedded run: every name is a server in this process, made when it is first used. When the run ends
// its connections come to a clean stop: each is disconnected, which waits until the replica has everything and leaves it
// in place. One that has failed over is left as it is, because the replica is the live copy now.
import { asFailure } from '../base/failure.ts';
import { displayPath } from '../base/raw-path.ts';
import type { ServerEvent } from '../model/event.ts';
import type { JobReport } from '../model/report.ts';
import type { Server } from '../runtime/server.ts';
import type { ServerDirectory } from '../runtime/server-directory.ts';
import type { EmbeddedServerMaker, OwnServer } from './own-server.ts';

export interface EmbeddedServersOptions {
  readonly make: EmbeddedServerMaker;
  readonly onEvent: (server: string, event: ServerEvent) => void;
}

export class EmbeddedServers implements ServerDirectory {
  /** Nothing is local: a script has to name the server it means. */
  readonly local = undefined;
  readonly #options: EmbeddedServersOptions;
  readonly #servers = new Map<string, Promise<OwnServer>>();

  constructor(options: EmbeddedServersOptions) {
    this.#options = options;
  }

  async get(name: string): Promise<Server> {
    const key = name.toLowerCase();
    const made = this.#servers.get(key) ?? this.#make(name);
    this.#servers.set(key, made);
    try {
      return (await made).server;
    } catch (error) {
      // The next use tries again, and reports again.
      this.#servers.delete(key);
      throw error;
    }
  }

  /** What happened to each connection, in lines for people; `clean` is false when one did not end as it should. */
  async stop(): Promise<{ readonly lines: readonly string[]; readonly clean: boolean }> {
    const servers = (await Promise.allSettled(this.#servers.values())).flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : [],
    );
    this.#servers.clear();
    const lines: string[] = [];
    let clean = true;
    for (const { server } of servers) {
      for (const report of await server.jobs()) {
        if (report.role !== 'source') continue;
        const ended = await endConnection(server, report);
        lines.push(ended.line);
        clean &&= ended.clean;
      }
    }
    for (const own of servers) await own.stop();
    return { lines, clean };
  }

  async #make(name: string): Promise<OwnServer> {
    const own = await this.#options.make(name, this);
    own.eventLog.subscribe((event) => this.#options.onEvent(own.server.name, event));
    return own;
  }
}

async function endConnection(
  server: Server,
  report: JobReport,
): Promise<{ readonly line: string; readonly clean: boolean }> {
  const { number, replicationSet, target, roots } = report;
  const title = `Connection ${number} (${replicationSet} to ${target})`;
  const places = roots.map((root) => displayPath(root.replica)).join(', ');
  if (report.failedOver) return { line: `${title} has failed over: the live copy is ${places}`, clean: true };
  const whole = report.mirror.completed > 0 && report.targetState === 'OK';
  try {
    await server.disconnect(report.jobId);
    if (!whole)
      return { line: `${title} ended in the middle of its mirror: the replica ${places} is not whole`, clean: true };
    return { line: `${title} came to a clean stop: the replica is ${places}`, clean: true };
  } catch (error) {
    const failure = asFailure(error, 'end', title);
    return {
      line: `${title} did not come to a clean stop: ${failure.reason}; state ${report.targetState}`,
      clean: false,
    };
  }
}

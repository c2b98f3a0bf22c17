// The failover monitors of a target. They are kept in `monitors.json` and run again after a restart of the server; each
// has a probe of its source.
import { z } from 'zod';
import { asFailure, Failure } from '../../base/failure.ts';
import { FailoverMonitor, type WatchedSource } from '../../engine/failover/monitor.ts';
import type { TargetJob } from '../../engine/job/target/target-job.ts';
import { pauseWhileRunning } from '../../engine/running-time.ts';
import type { MonitorReport, MonitorSpecification, Probe } from '../../model/report.ts';
import { monitorSpecification } from '../../model/shapes/failover-shapes.ts';
import type { Service } from '../contract/server.ts';
import type { UncheckedChange } from '../dns/dns-check.ts';
import { readVersioned, replaceVersioned } from '../stores/versioned-file.ts';
import type { JobServices, ServerParts } from './server-parts.ts';
import { unknownJob } from './source-jobs.ts';

const fileName = 'monitors.json';
const fileVersion = 1;
/** A source counts as present when it was heard in this time: its heartbeats come every second. */
const recentMs = 2500;
const probeMs = 5000;

const fileSchema = z.strictObject({
  version: z.literal(fileVersion),
  monitors: z.array(z.strictObject({ specification: monitorSpecification, running: z.boolean() })),
});

interface Held {
  readonly monitor: FailoverMonitor;
  running: boolean;
}

export class Monitors implements Service<'monitors'> {
  readonly #parts: ServerParts;
  readonly #services: JobServices;
  readonly #findJob: (jobId: string) => TargetJob | undefined;
  readonly #held = new Map<string, Held>();

  constructor(parts: ServerParts, services: JobServices, findJob: (jobId: string) => TargetJob | undefined) {
    this.#parts = parts;
    this.#services = services;
    this.#findJob = findJob;
  }

  /** Starts the monitors of an earlier run. A monitor stays stopped when its job is gone or has failed over. */
  async resume(): Promise<void> {
    const file = await readVersioned(this.#parts.storage, fileName, fileSchema, fileVersion);
    for (const { specification, running } of file?.monitors ?? []) {
      const job = this.#findJob(specification.jobId);
      const held = { monitor: this.#make(specification), running: running && job?.failedOver === false };
      this.#held.set(specification.name, held);
      if (held.running) held.monitor.start();
    }
  }

  async create(specification: MonitorSpecification): Promise<void> {
    this.#checkNew(specification);
    const unchecked = await this.#checkDns(specification);
    // The job may have ended during the DNS check, or another monitor may have got the name.
    this.#checkNew(specification);
    const { name, jobId } = specification;
    this.#held.set(name, { monitor: this.#make(specification), running: false });
    await this.#store();
    for (const { change, reason } of unchecked) {
      const parameters = { monitor: name, name: change.name, address: change.address, reason };
      this.#parts.eventLog.emit(5185, parameters, jobId);
    }
  }

  #checkNew({ name, condition, intervalMs, jobId }: MonitorSpecification): void {
    if (this.#held.has(name)) {
      throw refused(
        'MONITOR-EXISTS',
        'create a monitor',
        name,
        'there is one of this name',
        'MONITOR DELETE it first.',
      );
    }
    if (this.#findJob(jobId) === undefined) throw unknownJob(jobId);
    if (condition.type === 'total-time' && intervalMs > condition.totalMs) {
      // With a longer interval, the source would count as failed within one interval (guide, ch. 3, Failover Monitor).
      const hint = 'Give an INTERVAL that is not longer than the total time.';
      throw refused('MONITOR-INTERVAL', 'create a monitor', name, 'its interval is longer than its total time', hint);
    }
  }

  /** Refuses now what a DNS server would refuse later: at the failover nobody is there to correct it. */
  async #checkDns({ name, dns }: MonitorSpecification): Promise<readonly UncheckedChange[]> {
    try {
      return await this.#services.checkDns(dns);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const { code, subject, reason } = thrown;
      const hint = 'Mend the change, with FROM where the name has several addresses, and make the monitor again.';
      throw refused(code, 'create a monitor', name, `it could not point ${subject} elsewhere: ${reason}`, hint);
    }
  }

  async start(name: string): Promise<void> {
    const held = this.#find(name, 'start');
    held.running = true;
    held.monitor.start();
    await this.#store();
  }

  async stop(name: string): Promise<void> {
    const held = this.#find(name, 'stop');
    held.running = false;
    await held.monitor.stop();
    await this.#store();
  }

  async delete(name: string): Promise<void> {
    const held = this.#find(name, 'delete');
    this.#held.delete(name);
    await held.monitor.stop();
    await this.#store();
  }

  async list(): Promise<readonly MonitorReport[]> {
    return [...this.#held.values()].map(({ monitor }) => monitor.report());
  }

  /** Stops all monitors in this process; those that were running start again with the server. */
  async stopAll(): Promise<void> {
    for (const { monitor } of this.#held.values()) await monitor.stop();
  }

  #make(specification: MonitorSpecification): FailoverMonitor {
    const { clock, eventLog } = this.#parts;
    const { jobId, probe, failover, dns } = specification;
    const name = this.#findJob(jobId)?.report().source ?? jobId;
    const source: WatchedSource = {
      name,
      probe: () => this.#probe(probe, jobId, name),
      failOver: async () => {
        const job = this.#findJob(jobId);
        if (job === undefined) throw unknownJob(jobId);
        // When another monitor or the operator has begun a failover, that failover is awaited instead.
        await (job.takeover ?? job.failover(failover));
        for (const change of dns) await this.#services.updateDns(change);
      },
      isTakenOver: () => this.#findJob(jobId)?.failedOver ?? false,
      tell: (id, parameters) => void eventLog.emit(id, parameters, jobId),
    };
    return new FailoverMonitor(specification, source, clock);
  }

  /** undefined when the source answered, otherwise why it counts as absent. */
  async #probe(probe: Probe, jobId: string, source: string): Promise<string | undefined> {
    const wait = pauseWhileRunning(this.#parts.clock, probeMs);
    const late = wait.done.then(() => `no answer within ${probeMs / 1000} seconds`);
    const answer = this.#ask(probe, jobId, source).catch((thrown) => asFailure(thrown, 'probe', source).message);
    const first = await Promise.race([answer, late]);
    wait.end();
    return first;
  }

  async #ask(probe: Probe, jobId: string, source: string): Promise<string | undefined> {
    const { clock, network, programs, taskPolicy } = this.#parts;
    if (probe.type === 'service') {
      const heardMs = this.#findJob(jobId)?.heardMs;
      const linked = this.#findJob(jobId)?.isLinked ?? false;
      if (linked && heardMs !== undefined && clock.monotonicMs() - heardMs < recentMs) return undefined;
      const link = await network.connect(source);
      link.listen({ data: () => undefined, closed: () => undefined });
      link.close('a probe');
      return undefined;
    }
    if (probe.type === 'tcp') return network.reach(probe.host, probe.port);
    const allowed = taskPolicy.allow === 'any' || taskPolicy.allow.includes(probe.program);
    if (!taskPolicy.enabled || !allowed) return `${probe.program} may not run here (tasks in server.json)`;
    const account = taskPolicy.account === undefined ? {} : { account: taskPolicy.account };
    const program = await programs.start({ program: probe.program, arguments: probe.arguments, ...account });
    const { exitCode, signal } = await program.ended;
    return exitCode === 0 ? undefined : `${probe.program} ended with ${exitCode ?? signal}`;
  }

  #find(name: string, operation: string): Held {
    const held = this.#held.get(name);
    if (held !== undefined) return held;
    const hint = 'MONITOR LIST shows them.';
    throw refused('MONITOR-UNKNOWN', `${operation} a monitor`, name, 'this server has none of that name', hint);
  }

  async #store(): Promise<void> {
    const monitors = [...this.#held.values()].map(({ monitor, running }) => ({
      specification: monitor.specification,
      running,
    }));
    await replaceVersioned(this.#parts.storage, fileName, { version: fileVersion, monitors });
  }
}

function refused(code: string, operation: string, subject: string, reason: string, hint: string): Failure {
  return new Failure({ code, operation, subject, reason, hint });
}

// The failover monitors of a target. They are kept in `monitors.json` and run again after a restart of the server, from the
// beginning: what an earlier run knew of a source is no evidence any more, so a notice that waited for its answer comes again when
// the source still does not answer.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { FailoverMonitor, type WatchedSource } from '../../engine/failover/monitor.ts';
import type { TargetJob } from '../../engine/job/target/target-job.ts';
import type { MonitorReport, MonitorSpecification } from '../../model/report.ts';
import { monitorSpecification } from '../../model/shapes/failover-shapes.ts';
import type { Service } from '../contract/server.ts';
import type { UncheckedChange } from '../dns/dns-check.ts';
import { readVersioned, replaceVersioned } from '../stores/versioned-file.ts';
import { unknownJob } from './job-failures.ts';
import type { JobServices, ServerParts } from './server-parts.ts';
import { SourceProbes } from './source-probes.ts';
import type { Witness } from './witness/witness.ts';

const fileName = 'monitors.json';
/** Version 1 had one probe in each monitor; what it holds reads the same. */
const fileVersion = 2;

const fileSchema = z.strictObject({
  version: z.union([z.literal(1), z.literal(fileVersion)]),
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
  readonly #witness: Witness | undefined;
  readonly #probes: SourceProbes;
  readonly #held = new Map<string, Held>();

  constructor(
    parts: ServerParts,
    services: JobServices,
    findJob: (jobId: string) => TargetJob | undefined,
    witness: Witness | undefined,
  ) {
    this.#witness = witness;
    this.#parts = parts;
    this.#services = services;
    this.#findJob = findJob;
    this.#probes = new SourceProbes(parts, findJob);
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

  async create({ echoHost: _, ...asked }: MonitorSpecification): Promise<void> {
    this.#checkNew(asked);
    const { name, jobId } = asked;
    await this.#checkProbes(asked);
    const unchecked = await this.#checkDns(asked);
    const echoHost = await this.#probes.echoHost(asked, this.#sourceOf(jobId));
    // The job may have ended during these checks, or another monitor may have got the name.
    this.#checkNew(asked);
    const specification = { ...asked, ...(echoHost === undefined ? {} : { echoHost }) };
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

  /** Refuses a monitor that could never ask. */
  async #checkProbes(specification: MonitorSpecification): Promise<void> {
    try {
      await this.#probes.refuseImpossible(specification);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const { code, subject, reason, hint } = thrown;
      throw refused(code, 'create a monitor', specification.name, `its probe ${subject}: ${reason}`, hint ?? '');
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

  async implement(name: string): Promise<void> {
    await this.#find(name, 'implement the failover of').monitor.implement();
  }

  async dismiss(name: string): Promise<void> {
    this.#find(name, 'dismiss the failover of').monitor.dismiss();
  }

  /** Before a failover is undone: a monitor that went on by itself would take over at once while the source is still away. */
  async stopFor(jobId: string): Promise<void> {
    const meant = [...this.#held.values()].filter(({ monitor }) => monitor.specification.jobId === jobId);
    for (const held of meant) held.running = false;
    for (const { monitor } of meant) await monitor.reset();
    if (meant.length > 0) await this.#store();
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

  #sourceOf(jobId: string): string {
    return this.#findJob(jobId)?.report().source ?? jobId;
  }

  #make(specification: MonitorSpecification): FailoverMonitor {
    const { clock, eventLog } = this.#parts;
    const { jobId, failover, dns } = specification;
    const name = this.#sourceOf(jobId);
    const source: WatchedSource = {
      name,
      check: (signal) => this.#probes.check(specification, name, signal),
      failOver: async () => {
        const job = this.#findJob(jobId);
        if (job === undefined) throw unknownJob(jobId);
        // When another monitor or the operator has begun a failover, that failover is awaited instead.
        const takeOver = async (): Promise<unknown> => job.takeover ?? job.failover(failover);
        await (this.#witness === undefined ? takeOver() : this.#witness.takeOver(job, {}, takeOver));
        for (const change of dns) await this.#services.updateDns(change);
      },
      isTakenOver: () => this.#findJob(jobId)?.failedOver ?? false,
      tell: (id, parameters) => void eventLog.emit(id, parameters, jobId),
    };
    return new FailoverMonitor(specification, source, clock);
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

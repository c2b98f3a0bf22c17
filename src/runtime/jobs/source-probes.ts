// How a target asks whether a source is there (guide, ch. 3, Failover Monitor): the probes of a monitor, each with a limited time.
//
// A probe fails when the source, or what stands for it, did not answer as it should. One that this server could not make, because a
// program may not run, no echo may be sent or the other side is not trusted, says nothing about the source (source-check.ts).
import { parseHostPort } from '../../base/addresses/host-port.ts';
import { asFailure, Failure } from '../../base/failure.ts';
import { type Check, type CheckResult, checkTogether, gone, there } from '../../engine/failover/source-check.ts';
import type { TargetJob } from '../../engine/job/target/target-job.ts';
import { pauseWhileRunning } from '../../engine/running-time.ts';
import type { MonitorSpecification, Probe } from '../../model/report.ts';
import type { ServerParts } from './server-parts.ts';

/** A source counts as present when it was heard in this time: its heartbeats come every second. */
const recentMs = 2500;
/** What a probe takes that gets no answer. */
const probeMs = 5000;

/** Failures of a probe that this server could not make. */
const ownTroubles: ReadonlySet<string> = new Set([
  'PING-FORBIDDEN',
  'PROGRAM-NOT-ALLOWED',
  'PROGRAM-MISSING',
  'PROGRAM-NOT-EXECUTABLE',
  'ACCOUNT-UNKNOWN',
  'ACCOUNT-NOT-PERMITTED',
  'PEER-NOT-TRUSTED',
  'ROLE-MISSING',
  'ADDRESS-UNKNOWN',
]);

type UsedParts = Pick<ServerParts, 'clock' | 'network' | 'ping' | 'programs' | 'taskPolicy'>;
type FindJob = (jobId: string) => Pick<TargetJob, 'isLinked' | 'heardMs'> | undefined;

export class SourceProbes {
  readonly #parts: UsedParts;
  readonly #findJob: FindJob;

  constructor(parts: UsedParts, findJob: FindJob) {
    this.#parts = parts;
    this.#findJob = findJob;
  }

  /** Rejects with the failure of a probe that could not be made here, whoever is there. */
  async refuseImpossible(specification: MonitorSpecification): Promise<void> {
    for (const probe of probesOf(specification)) {
      if (probe.type === 'program') this.#requireAllowed(probe.program);
      if (probe.type === 'ping') await this.#parts.ping.echo(probe.host, AbortSignal.abort());
    }
  }

  /**
   * The host of the source, if it answers an echo now: then a failed echo skips the probe. Undefined for a monitor with a total
   * time, one whose operator chose several probes and their rule, and one that asks for echoes anyway.
   */
  async echoHost(specification: MonitorSpecification, source: string): Promise<string | undefined> {
    const probes = probesOf(specification);
    if (specification.condition.type !== 'failures' || probes.length > 1 || probes[0]?.type === 'ping')
      return undefined;
    const address = await this.#parts.network.addressOf?.(source).catch(() => undefined);
    if (address === undefined) return undefined;
    const { host } = parseHostPort(address);
    const result = await this.#limited((signal) => this.#echo(host, signal), new AbortController().signal, source);
    return result.says === 'there' ? host : undefined;
  }

  async check(specification: MonitorSpecification, source: string, signal: AbortSignal): Promise<CheckResult> {
    const { jobId, echoHost, failsWhen = 'all' } = specification;
    if (echoHost !== undefined) {
      const result = await this.#limited((own) => this.#echo(echoHost, own), signal, source);
      if (result.says === 'gone') return gone(`${echoHost} answers no echo: ${result.reason}`);
      // Where no echo may be sent any more the probe alone decides.
    }
    const checks = probesOf(specification).map(
      (probe): Check =>
        (ended) =>
          this.#limited((own) => this.#ask(probe, jobId, source, own), ended, source),
    );
    return checkTogether(checks, failsWhen, signal);
  }

  /** Never rejects. The signal that `ask` gets is aborted when its answer is late or not wanted any more. */
  async #limited(ask: Check, signal: AbortSignal, source: string): Promise<CheckResult> {
    const ended = new AbortController();
    const wait = pauseWhileRunning(this.#parts.clock, probeMs);
    signal.addEventListener('abort', wait.end, { once: true });
    const first = await Promise.race([
      ask(ended.signal).catch((thrown) => resultOf(asFailure(thrown, 'probe', source))),
      wait.done.then(() => gone(`no answer within ${probeMs / 1000} seconds`)),
    ]);
    signal.removeEventListener('abort', wait.end);
    wait.end();
    ended.abort();
    return first;
  }

  async #ask(probe: Probe, jobId: string, source: string, signal: AbortSignal): Promise<CheckResult> {
    if (probe.type === 'service') return this.#askService(jobId, source);
    if (probe.type === 'ping') return this.#echo(probe.host, signal);
    if (probe.type === 'program') return this.#run(probe.program, probe.arguments, signal);
    const trouble = await this.#parts.network.reach(probe.host, probe.port);
    return trouble === undefined ? there : gone(trouble);
  }

  async #askService(jobId: string, source: string): Promise<CheckResult> {
    const { clock, network } = this.#parts;
    const job = this.#findJob(jobId);
    const heardMs = job?.heardMs;
    if (job?.isLinked === true && heardMs !== undefined && clock.monotonicMs() - heardMs < recentMs) return there;
    const link = await network.connect(source);
    link.listen({ data: () => undefined, closed: () => undefined });
    link.close('a probe');
    return there;
  }

  async #echo(host: string, signal: AbortSignal): Promise<CheckResult> {
    const trouble = await this.#parts.ping.echo(host, signal);
    return trouble === undefined ? there : gone(trouble);
  }

  async #run(path: string, words: readonly string[], signal: AbortSignal): Promise<CheckResult> {
    this.#requireAllowed(path);
    const { account } = this.#parts.taskPolicy;
    const request = { program: path, arguments: words, ...(account === undefined ? {} : { account }) };
    const program = await this.#parts.programs.start(request);
    const kill = (): void => program.kill();
    if (signal.aborted) kill();
    signal.addEventListener('abort', kill, { once: true });
    const { exitCode, signal: killedBy } = await program.ended;
    // The number of a process that has ended may be another's by now.
    signal.removeEventListener('abort', kill);
    return exitCode === 0 ? there : gone(`${path} ended with ${exitCode ?? killedBy}`);
  }

  #requireAllowed(program: string): void {
    const { enabled, allow } = this.#parts.taskPolicy;
    if (enabled && (allow === 'any' || allow.includes(program))) return;
    throw new Failure({
      code: 'PROGRAM-NOT-ALLOWED',
      operation: 'run the program of a probe',
      subject: program,
      reason: 'it may not run on this server',
      hint: 'Set tasks.enabled and add it to tasks.allow in the server.json of the target.',
    });
  }
}

function probesOf({ probe, moreProbes = [] }: MonitorSpecification): readonly Probe[] {
  return [probe, ...moreProbes];
}

function resultOf(failure: Failure): CheckResult {
  return ownTroubles.has(failure.code) ? { says: 'nothing', reason: failure.message } : gone(failure.message);
}

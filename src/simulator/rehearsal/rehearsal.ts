// Plays a script against a scenario: simulated servers, the disasters that the scenario names, and time that jumps from one
// thing that happens to the next. The script is run as it is, by the interpreter and the command handlers that run it
// anywhere; all that differs is what lies behind the ports.
//
// The script's machine is none of the servers. It goes on when they die, as an operator's would.
import type { Span } from '../../base/diagnostic.ts';
import { asFailure, Failure } from '../../base/failure.ts';
import { defaultScriptLimits } from '../../engine/tasks/script-task.ts';
import type { TaskPolicy } from '../../engine/tasks/task-runner.ts';
import { type Outcome, runScript, type Script } from '../../language/program.ts';
import type { Host } from '../../language/values/host.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { JavaScript } from '../../ports/javascript.ts';
import type { RunParts } from '../../runtime/commands/command-context.ts';
import type { DetachedBlock } from '../../runtime/contract/detached-block.ts';
import type { ServerParts } from '../../runtime/jobs/server-parts.ts';
import { CommandHost } from '../../runtime/script/command-host.ts';
import { runDetachedBlock } from '../../runtime/script/detached-block.ts';
import { ReplicationSetStore } from '../../runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../../runtime/stores/server-groups.ts';
import { MemoryPrograms } from '../memory/memory-programs.ts';
import { MemoryStorage } from '../memory/memory-storage.ts';
import { Application, copyOf } from './application.ts';
import { Cluster } from './cluster.ts';
import { judge, type MeasuredLoss, type ToldEvent, type Verdict } from './expectations.ts';
import { Happenings } from './happenings.ts';
import { NewsClock } from './news-clock.ts';
import { RehearsedHost } from './rehearsed-host.ts';
import { RehearsedMachine } from './rehearsed-machine.ts';
import type { Expectation, Scenario, ScenarioLine } from './scenario.ts';
import { Timeline, type TimelineEntry } from './timeline.ts';

export interface RehearsalRequest {
  readonly script: Script;
  readonly scenario: Scenario;
  /** Decides what is left to chance: names, and what a power failure takes. */
  readonly seed: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** For schedules that name none. */
  readonly timeZone: string;
  /** The text of a file that the operator named; at once, because no time passes here while the system reads. */
  readonly readText: (path: string) => string;
  /** Aborting it ends the rehearsal, and the script as an interruption would. */
  readonly signal: AbortSignal;
  readonly tell: (entry: TimelineEntry) => void;
}

export interface RehearsalReport {
  /** How the script ended; undefined when it still ran at the end of the rehearsal. */
  readonly outcome: Outcome | undefined;
  readonly verdicts: readonly { readonly line: ScenarioLine<Expectation>; readonly verdict: Verdict }[];
  /** What went wrong and is neither the script's own failure nor an expectation. */
  readonly problems: readonly Problem[];
  /** Commands of the script that were never carried out, in their order. */
  readonly notRehearsed: readonly Span[];
  readonly lastedMs: number;
}

export interface Problem {
  readonly message: string;
  readonly span?: Span;
}

const startMs = 1000;
/** A rehearsal without LASTS goes on for so long when nothing is left to happen, so that monitors and mirrors can act. */
const tailMs = 600_000;
/** How long a script may go on behind the last thing that happens, when the scenario does not say how long all lasts. */
const patienceMs = 86_400_000;
/** For FINALLY blocks of a script that is stopped. */
const graceMs = 15_000;
/** What is on its way when the applications stop arrives in this time. */
const settleMs = 60_000;

const failoverCompleted: EventId = 5072;
/** Good news that a person wants to see; everything that is not good is told anyway. */
const toldEvents: ReadonlySet<EventId> = new Set([4000, 5000, 5011, 5041, 5050, 5060, 5080, 5090]);
const blockFailures: ReadonlySet<EventId> = new Set([5042, 5093]);

export async function rehearse(request: RehearsalRequest): Promise<RehearsalReport> {
  const rehearsal = new Rehearsal(request);
  try {
    return await rehearsal.play();
  } finally {
    rehearsal.close();
  }
}

class Rehearsal {
  readonly #request: RehearsalRequest;
  readonly #cluster: Cluster;
  readonly #timeline: Timeline;
  readonly #applications: readonly Application[];
  readonly #happenings: Happenings;
  readonly #host: CommandHost;
  readonly #rehearsed: RehearsedHost;
  readonly #events: ToldEvent[] = [];
  readonly #losses: MeasuredLoss[] = [];
  readonly #problems: Problem[] = [];
  readonly #expectedEvents: ReadonlySet<number>;
  readonly #written = new Map<string, string>();
  readonly #news: NewsClock;
  readonly #machine: RehearsedMachine;
  #startedMs = 0;

  constructor(request: RehearsalRequest) {
    this.#request = request;
    const { scenario, seed } = request;
    this.#timeline = new Timeline(request.tell);
    this.#expectedEvents = new Set(
      scenario.expectations.flatMap(({ meaning }) => (meaning.kind === 'event' ? [meaning.id] : [])),
    );
    this.#cluster = new Cluster({
      seed,
      servers: scenario.servers,
      onEvent: (server, event) => this.#heard(server, event),
      parts: (name) => this.#serverParts(name),
    });
    this.#news = new NewsClock(this.#cluster.clock);
    this.#machine = new RehearsedMachine({
      scenario,
      clock: this.#cluster.clock,
      names: this.#cluster.world.names,
      outcomeOf: (path) => this.#happenings.outcomeOf(path),
    });
    for (const server of scenario.dnsServers) this.#cluster.world.names.addServer({ ...server, acceptsAnyKey: true });
    for (const { name, address } of scenario.names) this.#cluster.world.names.addAddress(name, address);
    this.#applications = scenario.workloads.map(
      ({ server, root, files }) => new Application(this.#cluster, { server, root }, files),
    );
    this.#host = new CommandHost(this.#runParts((line) => this.#tell('output', line, likeness(line))));
    this.#rehearsed = new RehearsedHost({
      host: this.#host,
      clock: this.#cluster.clock,
      tell: (text, sameAs) => this.#tell('script', text, sameAs),
    });
    this.#happenings = new Happenings({
      cluster: this.#cluster,
      applications: this.#applications,
      named: () => ({ source: this.#host.session.sourceName, target: this.#host.session.targetName }),
    });
  }

  async play(): Promise<RehearsalReport> {
    const { scenario } = this.#request;
    const { clock } = this.#cluster;
    await clock.advance(startMs);
    this.#startedMs = clock.monotonicMs();
    await this.#schedule();
    const { writeEveryMs } = scenario;
    if (writeEveryMs !== undefined) for (const one of this.#applications) one.start(writeEveryMs);
    const outcome = await this.#run();
    for (const one of this.#applications) one.stop();
    const lastedMs = this.#nowMs();
    await clock.advance(settleMs, this.#isInterrupted);
    this.#timeline.end();
    const verdicts = await this.#judge(outcome);
    return { outcome, verdicts, problems: this.#problems, notRehearsed: this.#notRehearsed(), lastedMs };
  }

  close(): void {
    this.#cluster.close();
  }

  readonly #isInterrupted = (): boolean => this.#request.signal.aborted;

  #nowMs(): number {
    return this.#cluster.clock.monotonicMs() - this.#startedMs;
  }

  #tell(teller: TimelineEntry['teller'], text: string, sameAs?: string): void {
    this.#timeline.add({ atMs: this.#nowMs(), teller, text }, sameAs);
  }

  /** Runs the script, and lets pass the time that the rehearsal lasts. */
  async #run(): Promise<Outcome | undefined> {
    const { scenario, script, parameters, signal } = this.#request;
    const { clock } = this.#cluster;
    const stop = new AbortController();
    let outcome: Outcome | undefined;
    let defect: unknown;
    const running = runScript(script, {
      host: this.#rehearsed,
      clock,
      signal: AbortSignal.any([stop.signal, signal]),
      parameters,
    }).then(
      (ended) => {
        outcome = ended;
        this.#tell('script', `the script ends with exit code ${ended.exitCode}`);
      },
      (thrown: unknown) => {
        defect = thrown;
      },
    );
    const hasEnded = (): boolean => outcome !== undefined || defect !== undefined || signal.aborted;
    const lastHappeningMs = scenario.happenings.at(-1)?.atMs ?? 0;
    await clock.advance(scenario.lastsMs ?? lastHappeningMs + patienceMs, hasEnded);
    if (defect !== undefined) throw defect;
    if (outcome === undefined) {
      stop.abort();
      await clock.advance(graceMs, () => outcome !== undefined || defect !== undefined);
      await running;
      return signal.aborted ? outcome : undefined;
    }
    if (outcome.kind === 'usage') return outcome;
    const lastMs = scenario.lastsMs ?? Math.max(this.#nowMs(), lastHappeningMs) + tailMs;
    await clock.advance(Math.max(0, lastMs - this.#nowMs()), this.#isInterrupted);
    return outcome;
  }

  async #schedule(): Promise<void> {
    for (const { atMs, text, span, meaning } of this.#request.scenario.happenings) {
      const happen = async (): Promise<void> => {
        try {
          const told = await this.#happenings.happen(meaning);
          this.#news.news();
          if (atMs > 0) this.#tell('scenario', told);
        } catch (thrown) {
          const failure = asFailure(thrown, 'let happen', text);
          this.#tell('scenario', `${text} FAILED: ${failure.message}`);
          this.#problems.push({ message: failure.message, span });
        }
      };
      if (atMs === 0) await happen();
      else this.#cluster.clock.after(atMs, () => void happen());
    }
  }

  #heard(server: string, event: ServerEvent): void {
    this.#events.push({ server, event });
    this.#news.news();
    const matters = event.severity !== 'information' || toldEvents.has(event.id) || this.#expectedEvents.has(event.id);
    // Servers that start before the script are no news.
    if (matters && this.#startedMs > 0) {
      const severity = event.severity === 'information' ? '' : `${event.severity} `;
      const text = `${severity}${event.id}: ${event.message}`;
      this.#timeline.add({ atMs: this.#nowMs(), teller: 'event', server, text }, `${event.id}`);
    }
    if (event.id === failoverCompleted) void this.#measureLoss(server, event.jobId ?? '');
    if (blockFailures.has(event.id) && !this.#expectedEvents.has(event.id)) this.#blockFailed(event);
  }

  async #measureLoss(target: string, jobId: string): Promise<void> {
    const told = (await this.#cluster.jobs()).find(({ server, report }) => server === target && report.jobId === jobId);
    if (told === undefined) return;
    const { source, roots } = told.report;
    for (const application of this.#applications) {
      if (application.place.server !== source) continue;
      const copy = copyOf(application.place, target, roots);
      if (copy === undefined) continue;
      const lossMs = application.lossMs(copy);
      this.#losses.push({ target, lossMs });
      application.move(copy);
      const lost = lossMs === 0 ? 'it has every write' : `${lossMs / 1000} s of its writes are lost`;
      this.#tell('scenario', `the application goes on with ${copy.root} on ${target}: ${lost}`);
    }
  }

  /** A block of a schedule or a task that failed is a mistake of the script, found where nobody waits for it. */
  #blockFailed(event: ServerEvent): void {
    this.#problems.push({ message: event.message });
  }

  async #judge(outcome: Outcome | undefined): Promise<RehearsalReport['verdicts']> {
    const findings = {
      cluster: this.#cluster,
      events: this.#events,
      losses: this.#losses,
      exitCode: outcome?.exitCode,
    };
    const verdicts: RehearsalReport['verdicts'][number][] = [];
    for (const line of this.#request.scenario.expectations) {
      verdicts.push({ line, verdict: await judge(line.meaning, findings) });
    }
    return verdicts;
  }

  #notRehearsed(): readonly Span[] {
    const { script } = this.#request;
    const { carriedOut, blockTexts } = this.#rehearsed;
    return [...script.bound.values()]
      .filter(({ node }) => !blockTexts.has(script.source.slice(node)))
      .map(({ node }) => script.source.span(node))
      .filter(({ file, start }) => !carriedOut.has(`${file}:${start}`))
      .toSorted((one, other) => one.start - other.start);
  }

  #runParts(write: (line: string) => void): RunParts {
    const { readText, timeZone } = this.#request;
    const storage = new MemoryStorage();
    return {
      directory: this.#cluster,
      replicationSets: new ReplicationSetStore(storage),
      serverGroups: new ServerGroupStore(storage),
      clock: this.#cluster.clock,
      eventTimer: this.#news,
      readText: async (path) => this.#written.get(path) ?? readText(path),
      writeText: async (path, text) => void this.#written.set(path, text),
      write,
      timeZone,
      machine: this.#machine,
      scripts: { javascript: noJavaScript, programs: new MemoryPrograms(), policy: taskPolicy },
      schedulesEndWithRun: false,
    };
  }

  #serverParts(name: string): Partial<ServerParts> {
    return {
      taskPolicy,
      javascript: noJavaScript,
      runBlock: (block, signal) => this.#runBlock(name, block, signal),
      // After the answer to whoever asked for it.
      requestStop: () => void this.#cluster.clock.after(0, () => this.#cluster.crash(name)),
    };
  }

  async #runBlock(server: string, block: DetachedBlock, signal: AbortSignal): Promise<void> {
    const local = await this.#cluster.get(server);
    const write = (text: string): void =>
      this.#timeline.add(
        { atMs: this.#nowMs(), teller: 'output', server, text: `${block.name}: ${text}` },
        likeness(text),
      );
    const parts = this.#runParts(write);
    const watched = (host: Host): Host => this.#rehearsed.notingTexts(host, block.body);
    const directory = {
      ownName: server,
      local,
      get: (name: string) => this.#cluster.get(name),
      known: () => this.#cluster.known(),
    };
    try {
      await runDetachedBlock(block, { ...parts, directory, watched }, signal);
    } catch (thrown) {
      throw this.#inScript(block, thrown);
    }
  }

  /** A block counts its lines from its own beginning; whoever mends it wants the line of the script. */
  #inScript({ body }: DetachedBlock, thrown: unknown): unknown {
    const { text } = this.#request.script.source;
    const start = text.indexOf(body);
    if (!(thrown instanceof Failure) || start < 0) return thrown;
    const before = text.slice(0, start).split('\n').length - 1;
    const reason = thrown.reason.replace(/^line (\d+)/, (_whole, line: string) => `line ${before + Number(line)}`);
    const { code, operation, subject } = thrown;
    return new Failure({ code, operation, subject, reason });
  }
}

const taskPolicy: TaskPolicy = {
  enabled: true,
  allow: 'any',
  javascript: { run: true, limits: defaultScriptLimits },
  blocks: true,
};

/** Lines that differ in nothing but numbers say the same thing again. */
function likeness(line: string): string {
  return line.replaceAll(/[\d.]+/g, '0');
}

/** A script of a task needs a process of its own and real time, which a rehearsal has not. */
const noJavaScript: JavaScript = {
  start: async () => {
    throw new Failure({
      code: 'REHEARSAL-IMPOSSIBLE',
      operation: 'run a JavaScript task',
      subject: 'this rehearsal',
      reason: 'JavaScript tasks are not simulated',
      hint: 'rehearse what is around it: expect the event 5042, or make it a program, which the scenario may let fail',
    });
  },
  check: async (tasks) => tasks.map(() => null),
};

// The host of a plan: it runs the same commands by the same code, on servers that are only names. Each command becomes
// a step: the command with all its options, the servers that it would change or ask, and what its value is. What would
// run later and elsewhere, in a schedule or a stream task, stands below the command that puts it there.
//
// A command that needs the answer of a real server does not fail: its step says that the plan cannot know. A command that
// a run would refuse without asking anybody, such as one before SOURCE, fails here too; in a part that a run may leave
// out, and once ways were joined, the step only says so.
import type { Span } from '../../base/diagnostic.ts';
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Turns } from '../../base/waiting/turns.ts';
import { commandText, definitionOf, isLookup } from '../../language/catalogue/definition/command-text.ts';
import type { PlanMark, PlanState } from '../../language/interpreter/planning.ts';
import { CommandError, type CommandRequest, type EventRequest } from '../../language/values/host.ts';
import {
  type HandleValue,
  handle,
  holdsUnknown,
  isUnknown,
  type RecordValue,
  unknown,
  type Value,
} from '../../language/values/value.ts';
import type { JobReport, LivePathReport } from '../../model/report.ts';
import type { RunParts } from '../commands/command-context.ts';
import type { Server } from '../contract/server.ts';
import { readMarks } from '../jobs/live/live-paths.ts';
import { type Allowance, nothingAllowed } from '../machine/allowance.ts';
import { CommandHost } from '../script/command-host.ts';
import type { SessionState } from '../session/session.ts';
import { ReplicationSetStore } from '../stores/replication-sets.ts';
import { ServerGroupStore } from '../stores/server-groups.ts';
import { askServers } from './asking.ts';
import type { PlanStep, PlanTree } from './plan-tree.ts';
import { editRemark } from './planned-edit.ts';
import { type BlockHost, type Place, planLater, scriptRemark } from './planned-later.ts';
import { PlannedMachine } from './planned-machine.ts';
import { PlannedServers, type PlannedServersOptions, type ServersState, type Touched } from './planned-servers.ts';
import { planRefusals } from './planned-shapes.ts';
import { PlannedStorage, type ReadHomeFile } from './planned-storage.ts';
import { givenText, handledRequest, plannedProperty, plannedResult } from './planned-values.ts';

export interface PlanHostOptions extends PlannedServersOptions {
  readonly readHome: ReadHomeFile;
  readonly readText: RunParts['readText'];
  /** What the script may reach of this machine; absent: nothing. */
  readonly allowance?: Allowance;
  /** Whether the servers of the script are in the process of its run, which then runs their blocks too. */
  readonly isEmbedded?: boolean;
  readonly timeZone: string;
  readonly tree: PlanTree;
}

/** The plan inside which a block is planned. What it finds then is not certain. */
interface BlockPlace {
  readonly servers: PlannedServers;
  readonly depth: number;
  /** The place in the script of a line of the block. */
  readonly placeOf: (line: number) => Place;
}

interface HostState {
  readonly session: SessionState;
  readonly servers: ServersState;
  readonly storage: ReturnType<PlannedStorage['save']>;
}

/** An unknown connection is taken for each of so many that the plan knows. */
const connectionsMax = 16;

export class PlanHost implements BlockHost {
  readonly #tree: PlanTree;
  readonly #options: PlanHostOptions;
  readonly depth: number;
  readonly #placeOf: (place: Place) => Place;
  readonly #servers: PlannedServers;
  readonly #host: CommandHost;
  /** Runs the commands of a PARALLEL one after the other, so that what each of them touches can be told apart. */
  readonly #turns = new Turns();
  readonly #storage: PlannedStorage;
  #homeLive: Promise<readonly LivePathReport[]> | undefined;
  #changes = new Set<string>();
  /** What the script would look at on its own machine. */
  #looksAt = new Set<string>();
  /** How many open parts a run may leave out. */
  #maybe = 0;
  readonly #open: boolean[] = [];
  /** Whether the plan has joined two states: from then on it is not certain what the servers hold. */
  #isJoined: boolean;
  #assumptions: string[] = [];

  constructor(options: PlanHostOptions, around?: BlockPlace) {
    const servers = around?.servers ?? new PlannedServers(options);
    this.depth = around?.depth ?? 0;
    this.#placeOf = ({ file, line }) => around?.placeOf(line) ?? { file, line };
    this.#isJoined = around !== undefined;
    this.#options = options;
    this.#tree = options.tree;
    this.#servers = servers;
    const { local, allowance = nothingAllowed, isEmbedded = false } = options;
    this.#storage = new PlannedStorage(options.readHome, () => this.#changes.add('the home folder'));
    this.#host = new CommandHost({
      directory: {
        ownName: local,
        get local() {
          return local === undefined ? undefined : servers.serverOf(local);
        },
        get: (name) => servers.get(name),
        known: () => servers.known(),
      },
      replicationSets: new ReplicationSetStore(this.#storage),
      serverGroups: new ServerGroupStore(this.#storage),
      clock: options.clock,
      readText: options.readText,
      machine: new PlannedMachine({
        allowance,
        ...(around === undefined || isEmbedded || local === undefined ? {} : { server: local }),
        asks: (what) => this.#looksAt.add(what),
        changes: (what) => this.#changes.add(what),
        remark: (text) => this.#assumptions.push(text),
      }),
      writeText: async (path) => void this.#changes.add(`the file ${path}`),
      // The commands' messages of success are dropped, because no server was asked.
      write: () => undefined,
      timeZone: options.timeZone,
      schedulesEndWithRun: false,
    });
  }

  /** What a block finds happens at another time. */
  get isLater(): boolean {
    return this.depth > 0;
  }

  get session(): CommandHost['session'] {
    return this.#host.session;
  }

  /** Asks the servers of the plan what stands in its way (asking.ts). */
  ask(get: (name: string) => Promise<Server>): Promise<readonly string[]> {
    return askServers(this.#servers.names(), this.#servers.planned, get);
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  forBlock(server: string, placeOf: (line: number) => Place): PlanHost {
    const around = {
      servers: this.#servers,
      depth: this.depth + 1,
      placeOf: (line: number) => this.#placeOf(placeOf(line)),
    };
    return new PlanHost({ ...this.#options, local: server }, around);
  }

  execute(request: CommandRequest, signal: AbortSignal): Promise<Value> {
    return this.#turns.runAlone(() => this.#step(request, signal));
  }

  async property(of: HandleValue, path: readonly string[], span: Span): Promise<Value> {
    try {
      return plannedProperty(await this.#host.property(of, path, span), of, path);
    } catch (error) {
      const isCertain = error instanceof Failure && error.code === 'PROPERTY-UNKNOWN';
      if (isCertain || !(error instanceof Failure || error instanceof CommandError)) throw error;
      return unknown(`${path.join('.')} of ${of.type} ${of.number}`);
    }
  }

  async watch(
    { name, from, span }: EventRequest,
    _deliver: (event: RecordValue) => void,
    _signal: AbortSignal,
  ): Promise<() => Promise<void>> {
    const origin = from === undefined ? '' : ` FROM ${givenText(from) || String(from)}`;
    this.#add({
      span,
      command: `ON ${name}${origin} DO … END`,
      effect: 'listens for these events until the run ends',
    });
    return async () => undefined;
  }

  write(text: string): void {
    this.#tree.add({ type: 'write', text });
  }

  // ---- What stands around the commands.

  open(title: string, span: Span, maybe: boolean): void {
    this.#open.push(maybe);
    if (maybe) this.#maybe += 1;
    this.#tree.open(this.#placeOf(span), title);
  }

  close(): void {
    if (this.#open.pop() === true) this.#maybe -= 1;
    this.#tree.close();
  }

  note(text: string, span: Span): void {
    this.#tree.add({ type: 'note', ...this.#placeOf(span), text });
  }

  async inBranch<Result>(work: () => Promise<Result>): Promise<Result> {
    const { current, sourceName, targetName, currentSetName } = this.session.save();
    try {
      return await work();
    } finally {
      this.session.restore({ ...this.session.save(), current, sourceName, targetName, currentSetName });
    }
  }

  save(): PlanState {
    const state: HostState = {
      session: this.session.save(),
      servers: this.#servers.save(),
      storage: this.#storage.save(),
    };
    return { planState: state };
  }

  restore({ planState }: PlanState): void {
    const { session, servers, storage } = planState as HostState;
    this.session.restore(session);
    this.#servers.restore(servers);
    this.#storage.restore(storage);
  }

  join({ planState }: PlanState): void {
    const { session, servers, storage } = planState as HostState;
    const own = this.session.save();
    this.session.restore({
      access: new Map([...session.access, ...own.access]),
      connections: new Map([...session.connections, ...own.connections]),
      handleNumbers: new Map([...session.handleNumbers, ...own.handleNumbers]),
      jobOfHandle: new Map([...session.jobOfHandle, ...own.jobOfHandle]),
      drafts: new Map([...session.drafts, ...own.drafts]),
      current: own.current ?? session.current,
      sourceName: own.sourceName ?? session.sourceName,
      targetName: own.targetName ?? session.targetName,
      currentSetName: own.currentSetName ?? session.currentSetName,
    });
    this.#servers.join(servers);
    this.#storage.join(storage);
    this.#isJoined = true;
  }

  mark(): PlanMark {
    return { planMark: this.#tree.length };
  }

  forget({ planMark }: PlanMark): void {
    this.#tree.cut(planMark as number);
  }

  // ---- Commands.

  async #step(request: CommandRequest, signal: AbortSignal): Promise<Value> {
    this.#assumptions = [];
    const before = [...(await this.#liveRemark(request)), ...scriptRemark(request), ...editRemark(request)];
    this.#servers.takeTouched();
    this.#changes = new Set();
    this.#looksAt = new Set();
    const { value, refusals, touched } = await this.#tryAll(request, signal);
    const runsPrograms = request.command === 'task.run' && before.length > 0 ? ['this machine'] : [];
    const changes = [...touched.changes, ...this.#changes, ...runsPrograms];
    const asks = [...[...touched.asks].filter((name) => !touched.changes.has(name)), ...this.#looksAt];
    const [refusal] = refusals;
    if (refusal !== undefined && this.#isCertain(refusal, changes.length + asks.length, request)) throw refusal;
    const doubts = refusals.map((one) => `only the run can tell whether this is so: ${(one as Error).message}`);
    const isKnown = changes.length + asks.length === 0 && value !== undefined;
    const result = isKnown ? value : plannedResult(value, request, this.#placeOf(request.span).line);
    this.#add({
      span: request.span,
      command: commandText(request),
      effect: effectOf(request.command),
      changes,
      asks,
      calls: [...touched.calls],
      gives: givenText(result),
      remarks: [...before, ...this.#assumptions, ...new Set(doubts)],
    });
    for (const later of this.#servers.takeLater()) await planLater(later, request, this, signal);
    return result;
  }

  /** Carries the command out, once for each connection that an unknown one may be. */
  async #tryAll(
    request: CommandRequest,
    signal: AbortSignal,
  ): Promise<{ readonly value: Value | undefined; readonly refusals: readonly unknown[]; readonly touched: Touched }> {
    // A command that is not in the catalogue is a JavaScript task of the script.
    if (definitionOf(request.command) === undefined)
      return {
        value: unknown(`what ${commandText(request)} gives`),
        refusals: [],
        touched: this.#servers.takeTouched(),
      };
    let value: Value | undefined;
    const refusals: unknown[] = [];
    const choices = this.#choicesFor(request);
    for (const chosen of choices) {
      try {
        this.#assume(chosen);
        const given = await this.#host.execute(chosen, signal);
        if (value === undefined) value = given;
      } catch (error) {
        if (!(error instanceof Failure || error instanceof CommandError)) throw error;
        refusals.push(error);
      }
    }
    // Of several connections, those to which the command does not fit are not meant.
    if (value !== undefined) refusals.length = 0;
    return { value, refusals, touched: this.#servers.takeTouched() };
  }

  /** The request as a handler can take it, once for each connection that may be meant. */
  #choicesFor(request: CommandRequest): readonly CommandRequest[] {
    const argument = (definitionOf(request.command)?.arguments ?? []).find(({ type }) => type === 'connection');
    const jobs = argument === undefined ? [] : this.#connectionsMeant(request.arguments[argument.name]);
    const handles = jobs.slice(0, connectionsMax).map(({ jobId, number }) => handle('connection', jobId, number));
    if (argument === undefined || handles.length === 0) return [handledRequest(request, 1)];
    return handles.map((one) => {
      const chosen = { ...request, arguments: { ...request.arguments, [argument.name]: one } };
      return handledRequest(chosen, one);
    });
  }

  /** Several where it is unknown which; none where the session knows it. */
  #connectionsMeant(given: Value | undefined): readonly JobReport[] {
    const jobs = this.#servers.jobs();
    if (isUnknown(given)) return jobs;
    if (!this.#isJoined || typeof given === 'object') return [];
    const meant = given === undefined ? jobs : jobs.filter(({ number, name }) => number === given || name === given);
    return meant.length > 1 ? meant : [];
  }

  /** Whether a run would meet this refusal too, and meet it for certain. */
  #isCertain(refusal: unknown, touched: number, { arguments: given }: CommandRequest): boolean {
    if (this.#maybe > 0 || this.#isJoined || Object.values(given).some(holdsUnknown)) return false;
    return touched === 0 || (refusal instanceof Failure && planRefusals.has(refusal.code));
  }

  #add({ span, ...step }: Pick<PlanStep, 'command' | 'effect'> & Partial<PlanStep> & { readonly span: Span }): void {
    const usual = { changes: [], asks: [], calls: [], gives: '', remarks: [] };
    this.#tree.add({ ...usual, ...step, type: 'step', ...this.#placeOf(span) });
  }

  /** Each server keeps its live paths in its own home, and the plan reads only this home. */
  async #liveRemark({ command, arguments: given }: CommandRequest): Promise<string[]> {
    const { target } = given;
    if (command !== 'connect' || typeof target !== 'string') return [];
    const { local } = this.#options;
    if (local?.toLowerCase() !== target.toLowerCase())
      return [`takes it that ${target} has not taken over any of these paths (LIVE LIST there shows them)`];
    this.#homeLive ??= readMarks(this.#storage);
    this.#servers.knowLive(local, await this.#homeLive);
    return [];
  }

  /** What the script names, and the plan has not made, was there before. */
  #assume({ command, arguments: given }: CommandRequest): void {
    const { sourceName, targetName } = this.session;
    for (const { name, type } of definitionOf(command)?.arguments ?? []) {
      const value = given[name];
      if (type === 'connection' && (typeof value === 'number' || typeof value === 'string')) {
        if (this.#servers.assumeConnection(value, sourceName, targetName))
          this.#assumptions.push(`takes it that connection ${value} is there`);
      }
      const now = this.clock.wallMs();
      if (type === 'snapshot' && typeof value === 'string' && this.#servers.assumeSnapshot(value, now))
        this.#assumptions.push(`takes it that snapshot "${value}" is there`);
      // FAILOVER … TO TIME needs one that was taken before.
      if (
        command === 'failover' &&
        name === 'time' &&
        value !== undefined &&
        this.#servers.assumeSnapshot('of then', 0)
      )
        this.#assumptions.push('takes it that there is a snapshot of then');
    }
  }
}

/** The first sentence of the command's summary. */
function effectOf(command: string): string {
  const definition = definitionOf(command);
  if (definition !== undefined && isLookup(definition)) return `looks up ${definition.summary}`;
  const sentence = definition?.summary.split(/\.(?:\s|$)/)[0] ?? 'runs JavaScript on this machine';
  return `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`;
}

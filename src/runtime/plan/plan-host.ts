// The host of a plan: it runs the same commands by the same code, on servers that are only names. Each command becomes
// a step: the command with all its options, the servers that it would change or ask, and the value that it would give.
//
// A command that needs the answer of a real server does not fail: its step says that the plan cannot know, and its
// value is none. A command that a run would refuse without asking anybody, such as one before SOURCE, fails here too.
import type { Span } from '../../base/diagnostic.ts';
import { Failure } from '../../base/failure.ts';
import { Turns } from '../../base/waiting/turns.ts';
import { commandText, definitionOf } from '../../language/catalogue/definition/command-text.ts';
import { CommandError, type CommandRequest, type EventRequest, type Host } from '../../language/values/host.ts';
import { type HandleValue, none, type RecordValue, type Value } from '../../language/values/value.ts';
import { valueText } from '../../language/values/value-text.ts';
import type { LivePathReport } from '../../model/report.ts';
import { type RunParts, success } from '../commands/command-context.ts';
import { readMarks } from '../jobs/live/live-paths.ts';
import { CommandHost } from '../script/command-host.ts';
import { ReplicationSetStore } from '../stores/replication-sets.ts';
import { ServerGroupStore } from '../stores/server-groups.ts';
import { PlannedServers, type PlannedServersOptions } from './planned-servers.ts';
import { planRefusals } from './planned-shapes.ts';
import { PlannedStorage, type ReadHomeFile } from './planned-storage.ts';

export interface PlanStep {
  readonly file: string;
  readonly line: number;
  /** The command as a script would write it, with the options that the script left out. */
  readonly command: string;
  /** What the command does, in the words of HELP. */
  readonly effect: string;
  /** Names of servers, `the home folder`, or `the file PATH`. */
  readonly changes: readonly string[];
  readonly asks: readonly string[];
  /** The value as it prints; empty for none. */
  readonly gives: string;
  /** What the plan assumes, and what only the run can tell. */
  readonly remarks: readonly string[];
}

export interface PlanHostOptions extends PlannedServersOptions {
  readonly readHome: ReadHomeFile;
  readonly readText: RunParts['readText'];
  readonly timeZone: string;
  readonly onStep: (step: PlanStep) => void;
  readonly onOutput: (line: string) => void;
}

export class PlanHost implements Host {
  readonly #servers: PlannedServers;
  readonly #host: CommandHost;
  readonly #options: PlanHostOptions;
  /** Runs the commands of a PARALLEL one after the other, so that what each of them touches can be told apart. */
  readonly #turns = new Turns();
  readonly #storage: PlannedStorage;
  #homeLive: Promise<readonly LivePathReport[]> | undefined;
  #changes = new Set<string>();

  constructor(options: PlanHostOptions) {
    this.#options = options;
    this.#servers = new PlannedServers(options);
    this.#storage = new PlannedStorage(options.readHome, () => this.#changes.add('the home folder'));
    this.#host = new CommandHost({
      directory: this.#servers,
      replicationSets: new ReplicationSetStore(this.#storage),
      serverGroups: new ServerGroupStore(this.#storage),
      clock: options.clock,
      readText: options.readText,
      writeText: async (path) => void this.#changes.add(`the file ${path}`),
      // The commands' messages of success are dropped, because no server was asked.
      write: () => undefined,
      timeZone: options.timeZone,
      schedulesEndWithRun: false,
    });
  }

  execute(request: CommandRequest, signal: AbortSignal): Promise<Value> {
    return this.#turns.runAlone(() => this.#step(request, signal));
  }

  async property(handle: HandleValue, path: readonly string[], span: Span): Promise<Value> {
    try {
      return await this.#host.property(handle, path, span);
    } catch (error) {
      if (error instanceof Failure && error.code === 'HANDLE-GONE') return none;
      throw error;
    }
  }

  async watch(
    { name, span }: EventRequest,
    _deliver: (event: RecordValue) => void,
    _signal: AbortSignal,
  ): Promise<() => Promise<void>> {
    this.#options.onStep({
      file: span.file,
      line: span.line,
      command: `ON ${name} DO … END`,
      effect: 'handles events of the run; a plan has none',
      changes: [],
      asks: [],
      gives: '',
      remarks: [],
    });
    return async () => undefined;
  }

  write(line: string): void {
    this.#options.onOutput(line);
  }

  async #step(request: CommandRequest, signal: AbortSignal): Promise<Value> {
    const remarks = [...this.#assumed(request), ...(await this.#liveRemark(request))];
    this.#servers.takeTouched();
    this.#changes = new Set();
    let value: Value = none;
    let refusal: unknown;
    // A command that is not in the catalogue is a JavaScript task of the script.
    if (definitionOf(request.command) === undefined) remarks.push('what it gives, only the run can tell');
    else {
      try {
        value = await this.#host.execute(request, signal);
      } catch (error) {
        refusal = error;
      }
    }
    const { changes, asks } = this.#servers.takeTouched();
    if (refusal !== undefined) {
      const isCertain =
        changes.size + asks.size === 0 || (refusal instanceof Failure && planRefusals.has(refusal.code));
      if (isCertain || !(refusal instanceof Failure || refusal instanceof CommandError)) throw refusal;
      remarks.push(`only the run can tell whether this is so: ${refusal.message}`);
    }
    this.#options.onStep({
      file: request.span.file,
      line: request.span.line,
      command: commandText(request),
      effect: effectOf(request.command),
      changes: [...changes, ...this.#changes],
      asks: [...asks].filter((name) => !changes.has(name)),
      gives: givenText(value),
      remarks,
    });
    return value;
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

  /** A connection that the script names by its number was made before the plan. */
  #assumed({ command, arguments: given }: CommandRequest): string[] {
    const { sourceName, targetName } = this.#host.session;
    return (definitionOf(command)?.arguments ?? []).flatMap(({ name, type }) => {
      const value = given[name];
      if (type !== 'connection' || typeof value !== 'number') return [];
      return this.#servers.assumeConnection(value, sourceName, targetName)
        ? [`takes it that connection ${value} is there`]
        : [];
    });
  }
}

/** Empty for a command that returns only its success. */
function givenText(value: Value): string {
  if (value === none || value === success) return '';
  return typeof value === 'object' && value.kind === 'handle' ? `${value.type} ${value.number}` : valueText(value);
}

/** The first sentence of the command's summary. */
function effectOf(command: string): string {
  const sentence = definitionOf(command)?.summary.split(/\.(?:\s|$)/)[0] ?? '';
  return `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`;
}

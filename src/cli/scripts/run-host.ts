// The host of `understudy run`. The first command of a script loads the servers for which its names stand, and the code
// that carries out commands. So a script that only computes and writes a line begins at once.
import type { Span } from '../../base/diagnostic.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { CommandRequest, EventRequest, Host, TableRow } from '../../language/values/host.ts';
import type { HandleValue, RecordValue, Value } from '../../language/values/value.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { Storage } from '../../ports/storage.ts';
import type { RunParts } from '../../runtime/commands/command-context.ts';
import type { ScriptParts } from '../../runtime/commands/script-calls.ts';
import type { OwnMachine } from '../../runtime/machine/own-machine.ts';
import type { CommandHost } from '../../runtime/script/command-host.ts';
import type { TaskEnds } from '../../runtime/session/queued-tasks.ts';
import type { OpenServers } from '../servers/open-servers.ts';
import type { EmbeddedServerMaker } from '../servers/own-server.ts';
import { readText, writeText } from './script-file.ts';

export interface RunHostOptions {
  readonly home: string;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly makeEmbedded: EmbeddedServerMaker;
  readonly loadScripts?: () => Promise<ScriptParts>;
  readonly loadMachine?: () => Promise<OwnMachine>;
  readonly write: Host['write'];
  /** Receives lines about the end of connections. */
  readonly note: (line: string) => void;
  /** Receives the events of embedded servers. */
  readonly onEvent: (server: string, event: ServerEvent) => void;
  /** Asked before a command that cannot simply be taken back. */
  readonly confirm?: RunParts['confirm'];
  /** Shows how far commands are that last. */
  readonly progress?: RunParts['progress'];
}

interface Opened {
  readonly servers: OpenServers;
  readonly commands: CommandHost;
}

export class RunHost implements Host {
  readonly #options: RunHostOptions;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;

  constructor(options: RunHostOptions) {
    this.#options = options;
  }

  /** Whether servers of this process have been used. */
  get embedded(): boolean {
    return this.#opened?.servers.embedded ?? false;
  }

  /** How the tasks of this run have ended. Waits for tasks on servers of this process, which end with the run. */
  async taskEnds(signal: AbortSignal): Promise<TaskEnds> {
    const opened = await this.#opening?.catch(() => undefined);
    if (opened === undefined) return { failed: [], left: [] };
    const { clock, note } = this.#options;
    const { session } = opened.commands;
    const { taskWaitMs } = await import('../../runtime/session/queued-tasks.ts');
    const waitMs = opened.servers.embedded ? taskWaitMs : 0;
    return session.queuedTasks.settle(session, { clock, waitMs, signal, say: note });
  }

  /** What the connections on servers of this process wait for until they have ended, a line for each. Never rejects. */
  async unended(): Promise<readonly string[]> {
    return this.#opened?.servers.unended() ?? [];
  }

  /** A line for each replica that would not be up to date if the process ended now, as `unended` found it. */
  notUpToDate(): readonly string[] {
    return this.#opened?.servers.notUpToDate() ?? [];
  }

  /** Stops the servers of this process; false when they did not end cleanly. */
  async stop(): Promise<boolean> {
    // The command that needed a server reported that it could not be opened.
    const opened = await this.#opening?.catch(() => undefined);
    return opened === undefined || opened.servers.stop();
  }

  async execute(request: CommandRequest, signal: AbortSignal): Promise<Value> {
    return (await this.#open()).commands.execute(request, signal);
  }

  async property(handle: HandleValue, path: readonly string[], span: Span): Promise<Value> {
    return (await this.#open()).commands.property(handle, path, span);
  }

  async watch(
    request: EventRequest,
    deliver: (event: RecordValue) => void,
    signal: AbortSignal,
  ): Promise<() => Promise<void>> {
    return (await this.#open()).commands.watch(request, deliver, signal);
  }

  write(line: string, row?: TableRow): void {
    this.#options.write(line, row);
  }

  #open(): Promise<Opened> {
    this.#opening ??= this.#openNow();
    return this.#opening;
  }

  async #openNow(): Promise<Opened> {
    const { home, storage, clock, makeEmbedded, loadScripts, loadMachine, write, note, onEvent, confirm, progress } =
      this.#options;
    const [{ openServers }, { CommandHost }, { ReplicationSetStore }, { ServerGroupStore }] = await Promise.all([
      import('../servers/open-servers.ts'),
      import('../../runtime/script/command-host.ts'),
      import('../../runtime/stores/replication-sets.ts'),
      import('../../runtime/stores/server-groups.ts'),
    ]);
    const scripts = await loadScripts?.();
    const machine = await loadMachine?.();
    const servers = await openServers({ home, clock, make: makeEmbedded, onEvent, note });
    const commands = new CommandHost({
      directory: servers.directory,
      replicationSets: new ReplicationSetStore(storage),
      serverGroups: new ServerGroupStore(storage),
      clock,
      readText,
      writeText,
      write,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      schedulesEndWithRun: servers.embedded,
      ...(scripts === undefined ? {} : { scripts }),
      ...(machine === undefined ? {} : { machine }),
      ...(confirm === undefined ? {} : { confirm }),
      ...(progress === undefined ? {} : { progress }),
    });
    this.#opened = { servers, commands };
    return this.#opened;
  }
}

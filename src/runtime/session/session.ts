// The state of a running script: its source and target servers, its access level on them, the replication sets that it
// has changed and not saved, and the current connection. There is one session per script run or prompt.
//
// A handle carries only the id of its connection, and may come from another run (in the bindings of a schedule). So the
// session looks it up: in its own connections, then on the source, this home's own server and the target.
//
// Commands get servers only from the session, so that no call goes out which a LOGIN does not allow. Two LOGINs count:
// the one on the called server, and the one on the home's own server, because the called server sees only the roles of
// the own server.
import { CommandError, commandErrorCodes } from '../../language/values/host.ts';
import { type HandleType, type HandleValue, handle, type Value } from '../../language/values/value.ts';
import type { JobReport } from '../../model/report.ts';
import { type Access, pairingDenied, withAccess } from '../contract/access.ts';
import type { AccessLevel } from '../contract/access-level.ts';
import type { Server } from '../contract/server.ts';
import type { KnownServer, Pairing, ServerDirectory } from '../contract/server-directory.ts';
import type { ReplicationSet } from '../stores/replication-sets.ts';
import type { KnownConnection } from './known-connection.ts';
import { idOf, type NamedThing } from './named-handle.ts';
import { namesHint } from './names-hint.ts';
import { QueuedTasks } from './queued-tasks.ts';

/** What a session knows; a plan keeps it where the way through a script forks. */
export interface SessionState {
  readonly access: ReadonlyMap<string, AccessLevel>;
  readonly connections: ReadonlyMap<string, KnownConnection>;
  readonly handleNumbers: ReadonlyMap<string, number>;
  readonly jobOfHandle: ReadonlyMap<string, string>;
  readonly drafts: ReadonlyMap<string, ReplicationSet>;
  readonly current: KnownConnection | undefined;
  readonly sourceName: string | undefined;
  readonly targetName: string | undefined;
  readonly currentSetName: string | undefined;
}

export class Session {
  readonly #directory: ServerDirectory;
  #access = new Map<string, AccessLevel>();
  #connections = new Map<string, KnownConnection>();
  #handleNumbers = new Map<string, number>();
  #jobOfHandle = new Map<string, string>();
  /** Changed replication sets, by lower-case name. */
  #drafts = new Map<string, ReplicationSet>();
  #current: KnownConnection | undefined;
  #queuedTasks = new QueuedTasks();
  /** A schedule started the session, and no operator is present. */
  isScheduled = false;
  /** A schedule or a stream task started the session: its author may be the operator of another server. */
  isDetached = false;
  sourceName: string | undefined;
  targetName: string | undefined;
  currentSetName: string | undefined;

  constructor(directory: ServerDirectory) {
    this.#directory = directory;
  }

  get queuedTasks(): QueuedTasks {
    return this.#queuedTasks;
  }

  /**
   * A session for a branch of a PARALLEL. What it makes and changes is this session's too; its SOURCE, its TARGET, its
   * current connection and its current replication set are its own.
   */
  branch(): Session {
    const branch = new Session(this.#directory);
    branch.#access = this.#access;
    branch.#connections = this.#connections;
    branch.#handleNumbers = this.#handleNumbers;
    branch.#jobOfHandle = this.#jobOfHandle;
    branch.#drafts = this.#drafts;
    branch.#queuedTasks = this.#queuedTasks;
    branch.#current = this.#current;
    branch.isScheduled = this.isScheduled;
    branch.isDetached = this.isDetached;
    branch.sourceName = this.sourceName;
    branch.targetName = this.targetName;
    branch.currentSetName = this.currentSetName;
    return branch;
  }

  save(): SessionState {
    return {
      access: new Map(this.#access),
      connections: new Map(this.#connections),
      handleNumbers: new Map(this.#handleNumbers),
      jobOfHandle: new Map(this.#jobOfHandle),
      drafts: new Map(this.#drafts),
      current: this.#current,
      sourceName: this.sourceName,
      targetName: this.targetName,
      currentSetName: this.currentSetName,
    };
  }

  restore(state: SessionState): void {
    this.#access = new Map(state.access);
    this.#connections = new Map(state.connections);
    this.#handleNumbers = new Map(state.handleNumbers);
    this.#jobOfHandle = new Map(state.jobOfHandle);
    this.#drafts = new Map(state.drafts);
    this.#current = state.current;
    this.sourceName = state.sourceName;
    this.targetName = state.targetName;
    this.currentSetName = state.currentSetName;
  }

  /** The server of this name, limited to what this session's LOGINs allow; without a LOGIN, the server decides. */
  async server(name: string): Promise<Server> {
    return this.#guarded(await this.#directory.get(name));
  }

  /**
   * The server that this process is or belongs to, limited by this session's LOGIN on it; undefined when there is none.
   */
  local(): Server | undefined {
    const { local } = this.#directory;
    return local && this.#guarded(local);
  }

  knownServers(): Promise<readonly KnownServer[]> {
    return this.#directory.known();
  }

  /** Undefined in an embedded run. Throws ACCESS-DENIED when the LOGIN on the home's own server forbids pairing. */
  pairing(): Pairing | undefined {
    const { ownName, pairing } = this.#directory;
    const level = this.#levelOn(ownName);
    if (ownName !== undefined && level < 2) throw pairingDenied(ownName, level);
    return pairing;
  }

  /** Logs in on that server. From now on this session has there the access of the account, and no more. */
  async login(name: string, user: string, password: string): Promise<AccessLevel> {
    const server = await this.#directory.get(name);
    const level = await server.access.login(user, password);
    this.#access.set(server.name.toLowerCase(), level);
    return level;
  }

  logout(name: string): void {
    this.#access.set(name.toLowerCase(), 0);
  }

  /** The servers of SOURCE and TARGET, and those of the connections that this session made or used. */
  serverNames(): readonly string[] {
    const connected = [...this.#connections.values()].flatMap(({ source, target }) => [source, target]);
    return [this.sourceName, this.targetName, ...connected].filter((name) => name !== undefined);
  }

  /** Throws -104 when the script has not said SOURCE. */
  async source(): Promise<Server> {
    if (this.sourceName === undefined) {
      throw new CommandError(commandErrorCodes.noSource, 'no source has been identified', 'say which: SOURCE server');
    }
    return this.server(this.sourceName);
  }

  /** The server that TARGET named, or the target of the current connection. Throws -101 when there is neither. */
  async target(): Promise<Server> {
    const name = this.targetName ?? this.#current?.target;
    if (name === undefined) {
      throw new CommandError(
        commandErrorCodes.invalidParameter,
        'no target has been identified',
        'say which: TARGET server',
      );
    }
    return this.server(name);
  }

  /** The servers on which LOGIN was said, by lower-case name. */
  loggedIn(): readonly string[] {
    return [...this.#access.keys()];
  }

  draft(name: string): ReplicationSet | undefined {
    return this.#drafts.get(name.toLowerCase());
  }

  drafts(): readonly ReplicationSet[] {
    return [...this.#drafts.values()];
  }

  keepDraft(set: ReplicationSet): void {
    this.#drafts.set(set.name.toLowerCase(), set);
    this.currentSetName = set.name;
  }

  dropDraft(name: string): void {
    this.#drafts.delete(name.toLowerCase());
  }

  /** Remembers a connection and makes it the current one. */
  keepConnection(report: JobReport): KnownConnection {
    const known = this.#remember(report);
    this.#current = known;
    return known;
  }

  #remember({ jobId, number, source, target }: JobReport): KnownConnection {
    const known = { jobId, number, source, target };
    this.#connections.set(jobId, known);
    return known;
  }

  forgetConnection(jobId: string): void {
    this.#connections.delete(jobId);
    if (this.#current?.jobId === jobId) this.#current = undefined;
  }

  /** Whether a command that names no connection means one of this session. */
  get hasConnection(): boolean {
    return this.#current !== undefined;
  }

  /**
   * The connections that a server knows, without a name those among which `connection` looks. None becomes the current
   * one. Throws -104 when nothing says on which server.
   */
  async connections(server: string | undefined): Promise<readonly KnownConnection[]> {
    const reports = server === undefined ? await this.#reports() : await (await this.server(server)).jobs.list();
    return reports.map((one) => this.#remember(one));
  }

  /**
   * The connection of a handle, number, name or replication set; the current one without a value. Throws -101 when there
   * is none.
   */
  async connection(value: Value | undefined): Promise<KnownConnection> {
    if (value === undefined) return this.#currentConnection();
    if (typeof value === 'number') return this.#numbered(value);
    if (typeof value === 'string') return this.#named(value);
    if (isHandle(value, 'connection')) return this.#identified(value);
    throw new CommandError(commandErrorCodes.invalidParameter, 'a connection is expected: its number or a variable');
  }

  /** The connection of a snapshot or task; undefined when this session has not made the handle. */
  async connectionOfHandle(value: HandleValue): Promise<KnownConnection | undefined> {
    const jobId = this.#jobOfHandle.get(value.id);
    return jobId === undefined ? undefined : this.connection(handle('connection', jobId, 0));
  }

  /** Makes a handle. Handles of one type are numbered from 1; the same id keeps its number. */
  makeHandle(type: Exclude<HandleType, 'connection'>, id: string, jobId?: string): HandleValue {
    const key = `${type} ${id}`;
    const taken = [...this.#handleNumbers.keys()].filter((one) => one.startsWith(`${type} `)).length;
    const number = this.#handleNumbers.get(key) ?? taken + 1;
    this.#handleNumbers.set(key, number);
    if (jobId !== undefined) this.#jobOfHandle.set(id, jobId);
    return handle(type, id, number);
  }

  /** The handle of a monitor or schedule. */
  makeNamedHandle(type: 'monitor' | 'schedule', thing: NamedThing): HandleValue {
    return this.makeHandle(type, idOf(thing));
  }

  async #currentConnection(): Promise<KnownConnection> {
    if (this.#current !== undefined) return this.#current;
    const isNowhere = this.sourceName === undefined && this.local() === undefined;
    const reports = isNowhere ? [] : await this.#reports();
    const only = reports.length === 1 ? reports[0] : undefined;
    if (only !== undefined) return this.keepConnection(only);
    throw new CommandError(
      commandErrorCodes.invalidParameter,
      reports.length === 0 ? 'there is no connection' : `there are ${reports.length} connections`,
      reports.length === 0 ? 'make one with CONNECT' : 'say which: its number or a variable',
    );
  }

  async #numbered(number: number): Promise<KnownConnection> {
    const known = [...this.#connections.values()].find((one) => one.number === number && this.#isOnSource(one));
    if (known !== undefined) return known;
    const reports = await this.#reports();
    const report = reports.find((one) => one.number === number);
    if (report !== undefined) return this.keepConnection(report);
    throw noConnection(String(number), reports);
  }

  async #named(name: string): Promise<KnownConnection> {
    const reports = await this.#reports();
    const called = (text: string): boolean => text.toLowerCase() === name.toLowerCase();
    const byName = reports.filter((one) => called(one.name));
    const named = byName.length > 0 ? byName : reports.filter((one) => called(one.replicationSet));
    const [first] = named;
    if (first === undefined) throw noConnection(name, reports);
    if (named.length === 1) return this.keepConnection(first);
    throw new CommandError(
      commandErrorCodes.invalidParameter,
      `${named.length} connections are ${byName.length > 0 ? 'called' : 'of the replication set'} ${name}`,
      `say which by its number: ${named.map((one) => one.number).join(', ')}`,
    );
  }

  /**
   * The connections that the source server knows, those of which it is the source first; those of this home's own
   * server when the script has not said SOURCE. The own server's connections with that source are included: after a
   * disaster the source may be gone, and a source may refuse to tell them to its target.
   */
  async #reports(): Promise<readonly JobReport[]> {
    const local = this.local();
    if (local !== undefined && this.sourceName === undefined) return local.jobs.list();
    const isOfSource = ({ source }: JobReport): boolean => source.toLowerCase() === this.sourceName?.toLowerCase();
    const here = ((await local?.jobs.list()) ?? []).filter(isOfSource);
    const there = await this.source()
      .then((source) => source.jobs.list())
      .catch((thrown: unknown) => {
        if (here.length === 0) throw thrown;
        return [];
      });
    const others = here.filter(({ jobId }) => !there.some((one) => one.jobId === jobId));
    return [...there.filter(isOfSource), ...others, ...there.filter((one) => !isOfSource(one))];
  }

  async #identified({ id, number }: HandleValue): Promise<KnownConnection> {
    const known = this.#connections.get(id);
    if (known !== undefined) return known;
    for (const server of await this.#reachable()) {
      const report = (await server.jobs.list().catch(() => [])).find((one) => one.jobId === id);
      if (report !== undefined) return this.keepConnection(report);
    }
    throw new CommandError(
      commandErrorCodes.invalidParameter,
      `connection ${number} is gone`,
      'it was disconnected, or its servers do not answer',
    );
  }

  async #reachable(): Promise<readonly Server[]> {
    const names = [this.sourceName, this.targetName].filter((name) => name !== undefined);
    const answers = await Promise.allSettled(names.map((name) => this.server(name)));
    const named = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const local = this.local();
    return local === undefined ? named : [local, ...named];
  }

  #guarded(server: Server): Server {
    return withAccess(server, this.#accessTo(server.name));
  }

  #accessTo(name: string): Access {
    const { ownName } = this.#directory;
    const level = this.#levelOn(name);
    const ownLevel = this.#levelOn(ownName);
    if (ownName !== undefined && ownLevel < level) return { level: ownLevel, throughOwn: ownName };
    // With full access, the server itself decides.
    return { level: level === 2 ? 3 : level };
  }

  #levelOn(name: string | undefined): AccessLevel {
    return this.#access.get(name?.toLowerCase() ?? '') ?? 2;
  }

  #isOnSource(connection: KnownConnection): boolean {
    return this.sourceName === undefined || connection.source.toLowerCase() === this.sourceName.toLowerCase();
  }
}

function noConnection(which: string, reports: readonly JobReport[]): CommandError {
  const known = reports.map((one) => `${one.number} (${one.name})`);
  const names = reports.flatMap((one) => [one.name, one.replicationSet]);
  const hint = namesHint(which, names, known, 'make one with CONNECT');
  return new CommandError(commandErrorCodes.invalidParameter, `there is no connection ${which}`, hint);
}

export function isHandle(value: Value, type: HandleType): value is HandleValue {
  return typeof value === 'object' && value.kind === 'handle' && value.type === type;
}

// The composition root: the real adapters behind the ports, for servers inside a run and for one that serves.
//
// An embedded server is the operator's own process under the operator's own account, so every caller has full access,
// tasks run, and all paths are allowed. Its data is in `servers/NAME` of the home. A server of `understudy serve`
// allows only what its server.json says.
import { join, resolve } from 'node:path';
import { asFailure } from '../base/failure.ts';
import { checkServerName } from '../base/given-names.ts';
import type { Log } from '../base/log.ts';
import { rawFromText } from '../base/raw-path.ts';
import { defaultQueueLimits, type QueueLimits } from '../engine/queue/queue-limits.ts';
import { defaultScriptLimits, type JavaScriptPolicy } from '../engine/tasks/script-task.ts';
import type { TaskPolicy } from '../engine/tasks/task-runner.ts';
import type { CaptureWish } from '../model/promise.ts';
import { MachineAddresses } from '../platform/addresses/machine-addresses.ts';
import { ChosenCapture } from '../platform/chosen-capture/chosen-capture.ts';
import { DnsUpdateService } from '../platform/dns/dns-update-service.ts';
import { SystemNameLookup } from '../platform/dns/system-name-lookup.ts';
import { RealFiles } from '../platform/files/real-files.ts';
import { FilterCapture, socketFolder } from '../platform/filter-capture/filter-capture.ts';
import { collectLessOften } from '../platform/heap-use.ts';
import { JavaScriptSandbox } from '../platform/javascript/javascript-sandbox.ts';
import { machineId } from '../platform/kernel/machine-id.ts';
import { SystemClock } from '../platform/kernel/system-clock.ts';
import { systemRandom } from '../platform/kernel/system-random.ts';
import { EtcdLeases } from '../platform/lease/etcd-leases.ts';
import { IcmpPing } from '../platform/network/icmp-ping.ts';
import { nodeCalendar } from '../platform/node-calendar.ts';
import { SystemPrograms } from '../platform/processes/programs.ts';
import { journalLog, leadsToJournal } from '../platform/service/journal-log.ts';
import { serviceManagerOf } from '../platform/service/service-manager.ts';
import { lockHome } from '../platform/storage/home-lock.ts';
import { type JsonLog, openJsonLog } from '../platform/storage/json-log.ts';
import { openRealStorage } from '../platform/storage/real-storage.ts';
import { WatchCapture } from '../platform/watch-capture/watch-capture.ts';
import type { WatchMethod } from '../platform/watch-capture/worker-messages.ts';
import type { Capture } from '../ports/capture.ts';
import type { Storage } from '../ports/storage.ts';
import type { ScriptParts } from '../runtime/commands/script-calls.ts';
import type { Server } from '../runtime/contract/server.ts';
import type { ServerDirectory } from '../runtime/contract/server-directory.ts';
import { EventLog } from '../runtime/events/event-log.ts';
import type { ServerParts } from '../runtime/jobs/server-parts.ts';
import type { Allowance } from '../runtime/machine/allowance.ts';
import { type OwnMachine, PortedMachine } from '../runtime/machine/own-machine.ts';
import { nextRun, runsBetween } from '../runtime/schedules/next-run.ts';
import { runDetachedBlock } from '../runtime/script/detached-block.ts';
import { startLocalServer } from '../runtime/server/local-server.ts';
import { PeerAccess } from '../runtime/server/peer-access.ts';
import type { ServerConfiguration } from '../runtime/stores/configuration.ts';
import { ReplicationSetStore } from '../runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../runtime/stores/server-groups.ts';
import { MemoryNetwork } from '../simulator/memory/memory-network.ts';
import { packageVersion } from './package-version.ts';
import { readText, writeText } from './scripts/script-file.ts';
import { configuredServers } from './servers/configured-servers.ts';
import type { EmbeddedServerMaker, OwnServer } from './servers/own-server.ts';
import { lasting } from './system-command-line.ts';
import { beginSystemJournal } from './system-journal.ts';
import type { PairParts } from './verbs/server/pair.ts';
import type { ServeParts, ServerMaterials } from './verbs/server/serve.ts';

const clock = new SystemClock();
/** One sandbox for all servers of this process, so that it limits how many scripts run at a time. */
const javascript = new JavaScriptSandbox();

export function systemPairParts(): PairParts {
  return { clock, random: systemRandom };
}

export function systemServeParts(home: string): ServeParts {
  const log = alsoInJournal(openJsonLog(join(resolve(home), 'logs', 'server.log')));
  const manager = serviceManagerOf(process.env, process.pid, (reason) => log.write('warning', reason));
  return { clock, random: systemRandom, log, manager, openStorage: openRealStorage, makeServer };
}

/** Where systemd reads this process's standard error, its journal has each line, too. */
function alsoInJournal(file: JsonLog): JsonLog {
  const standardError = 2;
  if (!leadsToJournal(standardError, process.env)) return file;
  const journal = journalLog((line) => void lasting(process.stderr).write(`${line}\n`));
  return {
    write: (...entry) => {
      file.write(...entry);
      journal.write(...entry);
    },
    limit: (limits) => file.limit(limits),
  };
}

/** The policy for the operator's own process. */
const ownPolicy: TaskPolicy = {
  enabled: true,
  allow: 'any',
  javascript: { run: true, limits: defaultScriptLimits },
  blocks: true,
};

/** The parts that carry out tasks of the operator's own scripts. */
export function ownScripts(): ScriptParts {
  return scriptParts(ownPolicy);
}

/** This machine, as far as a script may reach it. */
export function ownMachine(allowance: Allowance, account?: string): OwnMachine {
  return new PortedMachine({
    allowance,
    files: new RealFiles(),
    environment: process.env,
    programs: new SystemPrograms(),
    nameLookup: new SystemNameLookup(),
    clock,
    random: systemRandom,
    ...(account === undefined ? {} : { account }),
  });
}

/** What the configuration of a server lets the blocks reach that it runs. */
function serverAllowance(scripts: ServerConfiguration['scripts']): Allowance {
  return { ...scripts, by: 'server' };
}

function scriptParts(policy: TaskPolicy): ScriptParts {
  return { javascript, programs: new SystemPrograms(), policy };
}

function taskPolicy({
  enabled,
  allow,
  account,
  blocks,
  javascript: scripts,
}: ServerConfiguration['tasks']): TaskPolicy {
  return {
    enabled,
    allow,
    ...(account === null ? {} : { account }),
    ...(blocks ? { blocks: true } : {}),
    ...(scripts.enabled ? { javascript: javaScriptPolicy(scripts) } : {}),
  };
}

/** The same adapters for every kind of server. */
function commonParts(): Pick<
  ServerParts,
  | 'version'
  | 'clock'
  | 'random'
  | 'files'
  | 'machineId'
  | 'ping'
  | 'programs'
  | 'javascript'
  | 'nameService'
  | 'addresses'
  | 'calendar'
  | 'runsBetween'
> {
  return {
    version: packageVersion(),
    clock,
    random: systemRandom,
    files: new RealFiles(),
    machineId: machineId(),
    ping: new IcmpPing(clock),
    programs: new SystemPrograms(),
    javascript,
    nameService: new DnsUpdateService({ clock, random: systemRandom }),
    addresses: new MachineAddresses(clock),
    calendar: nodeCalendar(nextRun, () => clock.wallMs()),
    runsBetween,
  };
}

/** Servers of one run, on a network inside the process. */
export function embeddedServers(home: string, allowance: Allowance): EmbeddedServerMaker {
  // Each delivery takes a turn of the event loop; otherwise a busy stream would block everything else.
  const turns = { ...clock, after: afterTurn, wallMs: () => clock.wallMs(), monotonicMs: () => clock.monotonicMs() };
  const network = new MemoryNetwork({ clock: turns, latencyMs: 0 });
  // All runs of a home are in one place, also those that schedules of its embedded servers start.
  let opened: Promise<Storage> | undefined;
  const journals = (): Promise<Storage> => {
    opened ??= openRealStorage(home);
    return opened;
  };
  return async (name, directory) => {
    checkServerName(name);
    const folder = join(home, 'servers', name.toLowerCase());
    const lock = lockHome(folder, name);
    const log = openJsonLog(join(folder, 'logs', 'server.log'));
    const storage = await openRealStorage(folder);
    const eventLog = await EventLog.open(storage, clock, log);
    const server = await startLocalServer({
      ...commonParts(),
      name,
      fingerprint: network.fingerprint(name),
      log,
      storage,
      home: rawFromText(folder),
      capture: captureIn(folder, 'watch'),
      network: network.server(name),
      eventLog,
      taskPolicy: ownPolicy,
      allowedRoots: 'any',
      queueLimits: defaultQueueLimits,
      accounts: 'full',
      runBlock: blockRunner(storage, () => directory, log, journals, ownPolicy, ownMachine(allowance)),
    });
    const door = reportsOf(folder, server, log);
    const stop = async (): Promise<void> => {
      await (await door)();
      await server.stop().finally(() => lock.release());
    };
    return { server, eventLog, stop };
  };
}

/**
 * Answers `understudy status` about a server of a run; resolves with what ends that. The run does not wait for it, nor
 * fail without it.
 */
async function reportsOf(folder: string, server: Server, log: Log): Promise<() => Promise<void>> {
  try {
    const { offerReports } = await import('./servers/run-socket.ts');
    return await offerReports(folder, server, log);
  } catch (error) {
    log.write('warning', `understudy status cannot ask this server: ${asFailure(error, 'listen', folder).message}`);
    return async () => undefined;
  }
}

function captureIn(home: string, usual: CaptureWish, method: 'auto' | WatchMethod = 'auto'): Capture {
  return new ChosenCapture({
    filter: new FilterCapture({ sockets: socketFolder(home) }),
    watch: new WatchCapture(method === 'auto' ? {} : { method }),
    usual,
  });
}

async function makeServer(materials: ServerMaterials): Promise<OwnServer & { readonly access: PeerAccess }> {
  const { home, configuration, storage, eventLog, network, fingerprint, log, requestStop } = materials;
  const { name, tasks, targets, sources, accounts, slowRound, scripts, witness } = configuration;
  let directory: ServerDirectory | undefined;
  collectLessOften();
  const sourceRoots = sources.allowedRoots.map((root) => rawFromText(root));
  const server = await startLocalServer({
    ...commonParts(),
    name,
    fingerprint,
    log,
    storage,
    home: rawFromText(resolve(home)),
    capture: captureIn(resolve(home), configuration.defaultCapture, configuration.capture),
    network,
    ...(witness === null ? {} : { leases: etcdLeases(witness) }),
    eventLog,
    taskPolicy: taskPolicy(tasks),
    allowedRoots: targets.allowedRoots.map((root) => rawFromText(root)),
    sourceRoots,
    replicaPolicy: { deviceNodes: targets.deviceNodes, setId: targets.setId },
    queueLimits: queueLimits(configuration),
    rootCheckMs: configuration.rootCheckSeconds * 1000,
    reconnection: { atStart: configuration.reconnectAtStart, remirror: configuration.remirror },
    calculatesSize: configuration.calculateSize,
    pace: { heldEveryMs: slowRound.heldSeconds * 1000, filesPerSecond: slowRound.filesPerSecond },
    accounts,
    requestStop,
    runBlock: blockRunner(
      storage,
      () => directory,
      log,
      async () => storage,
      taskPolicy(tasks),
      ownMachine(serverAllowance(scripts), tasks.account ?? undefined),
    ),
  });
  directory = await configuredServers({ home, clock, own: server, serving: true });
  const access = new PeerAccess(server, {
    files: new RealFiles(),
    sourceRoots,
    blocksMayRun: tasks.enabled && tasks.blocks,
  });
  return { server, eventLog, access, stop: () => server.stop() };
}

function etcdLeases(witness: NonNullable<ServerConfiguration['witness']>): EtcdLeases {
  const { endpoints, prefix, ttlSeconds, user, passwordFile, caFile } = witness;
  return new EtcdLeases({
    endpoints,
    prefix,
    timeToLiveSeconds: ttlSeconds,
    // Several questions fit between two times at which a lease is kept alive.
    timeoutMs: ttlSeconds * 100,
    ...(user === null ? {} : { user }),
    ...(passwordFile === null ? {} : { passwordFile }),
    ...(caFile === null ? {} : { caFile }),
  });
}

function javaScriptPolicy({ run, secondsMax }: ServerConfiguration['tasks']['javascript']): JavaScriptPolicy {
  return { run, limits: { ...defaultScriptLimits, wallMs: secondsMax * 1000 } };
}

function queueLimits({ queue }: ServerConfiguration): QueueLimits {
  return {
    ...defaultQueueLimits,
    memoryBytesMax: queue.memoryBytesMax,
    disk: queue.disk,
    minimumFreeBytes: queue.freeBytesMin,
    alertPercent: queue.alertPercent,
  };
}

function blockRunner(
  storage: Storage,
  directory: () => ServerDirectory | undefined,
  log: ServerParts['log'],
  journals: () => Promise<Storage>,
  policy: TaskPolicy,
  machine: OwnMachine,
): ServerParts['runBlock'] {
  return async (block, signal) => {
    const servers = directory();
    // Schedules and jobs start with the server, so a block can be due before the server knows the others.
    if (servers === undefined) throw new Error('a block ran before the server had started');
    const { name, task } = block;
    const write = (line: string): void =>
      log.write('info', line, task === undefined ? { schedule: name } : { task: name });
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    await runDetachedBlock(
      block,
      {
        directory: servers,
        replicationSets: new ReplicationSetStore(storage),
        serverGroups: new ServerGroupStore(storage),
        clock,
        readText,
        writeText,
        write,
        timeZone,
        schedulesEndWithRun: false,
        scripts: scriptParts(policy),
        machine,
        beginJournal: async (title) =>
          beginSystemJournal(title, await journals(), (line) => log.write('warning', line)),
      },
      signal,
    );
  };
}

function afterTurn(_delayMs: number, callback: () => void): () => void {
  const turn = setImmediate(callback);
  return () => clearImmediate(turn);
}

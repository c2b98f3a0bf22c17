// `understudy serve`: one server on one home, until SIGTERM or SIGINT.
//
// Order of the start: lock, configuration, identity, event log, doors of the API, server, schedules; then one line says
// that the server is ready, and a service manager is told. The stop takes the steps in reverse order, each even when one before it failed: the doors
// close, runs end, queues are made durable, and the lock is released last.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { remoteServer } from '../../../api/remote-server.ts';
import { type RequestHandler, serverApplication } from '../../../api/server-application.ts';
import { formatHostPort, parseHostPort } from '../../../base/addresses/host-port.ts';
import type { Log } from '../../../base/log.ts';
import type { Random } from '../../../base/random.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import { listenForPeers } from '../../../platform/http/http-peers.ts';
import { listenOnSocket, sendOverSocket } from '../../../platform/http/http-socket.ts';
import { type Identity, loadIdentity, loadOrCreateIdentity } from '../../../platform/identity/identity.ts';
import { PendingCode } from '../../../platform/identity/pairing-code.ts';
import { TrustStore } from '../../../platform/identity/trust-store.ts';
import { PairingAcceptor } from '../../../platform/network/pairing-acceptor.ts';
import { TlsNetwork } from '../../../platform/network/tls-network.ts';
import { nameProcess } from '../../../platform/service/process-name.ts';
import type { ServiceManager } from '../../../platform/service/service-manager.ts';
import { type HomeLock, lockHome } from '../../../platform/storage/home-lock.ts';
import type { JsonLog } from '../../../platform/storage/json-log.ts';
import { missingServer } from '../../../platform/storage/missing-server.ts';
import type { Storage } from '../../../ports/storage.ts';
import { EventLog } from '../../../runtime/events/event-log.ts';
import type { PeerAccess } from '../../../runtime/server/peer-access.ts';
import {
  configurationFileName,
  defaultConfiguration,
  readConfiguration,
  type ServerConfiguration,
  writeConfiguration,
} from '../../../runtime/stores/configuration.ts';
import { type CommandLine, exitCodes } from '../../command-line.ts';
import type { OwnServer } from '../../servers/own-server.ts';
import { ServiceReport } from '../../servers/service-report.ts';

export interface ServeRequest {
  readonly home: string;
  readonly json: boolean;
  /**
   * The first start needs a name, unless the home has a server.json. These three options hold for this run; the file
   * keeps those of the first start.
   */
  readonly name?: string;
  readonly listen?: string;
  readonly api?: string;
}

/** The parts from which a server is made, besides those that all servers share. */
export interface ServerMaterials {
  readonly home: string;
  readonly configuration: ServerConfiguration;
  readonly storage: Storage;
  readonly eventLog: EventLog;
  readonly network: TlsNetwork;
  readonly fingerprint: string;
  readonly log: Log;
  /** Asks for a stop, as SIGTERM does. */
  readonly requestStop: () => void;
}

export interface ServeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: JsonLog;
  /** Absent where none waits to be told. */
  readonly manager: ServiceManager | undefined;
  readonly openStorage: (home: string) => Promise<Storage>;
  readonly makeServer: (materials: ServerMaterials) => Promise<OwnServer & { readonly access: PeerAccess }>;
}

/** The time between a SHUTDOWN and the stop. */
const answerMs = 200;

export async function serve(request: ServeRequest, parts: ServeParts, commandLine: CommandLine): Promise<number> {
  const undo = new Undo();
  const stopping = new AbortController();
  // The stop begins a little later, so that the caller gets its answer.
  const requestStop = (): void => void parts.clock.after(answerMs, () => stopping.abort());
  try {
    await start(request, parts, commandLine, undo, requestStop);
    await interrupted(AbortSignal.any([commandLine.interruption, stopping.signal]));
  } finally {
    await undo.run();
  }
  return exitCodes.success;
}

async function start(
  request: ServeRequest,
  parts: ServeParts,
  { out }: CommandLine,
  undo: Undo,
  requestStop: () => void,
): Promise<void> {
  const { home } = request;
  const { log, manager, clock } = parts;
  const opened = await openHome(request, parts, undo);
  const { lock, identity, configuration, storage, eventLog } = opened;
  const { name, fingerprint } = identity;
  nameProcess(['understudy', 'serve', name]);
  const { network, api, answerWith } = await openDoors(home, opened, clock, undo);
  const own = await parts.makeServer({
    home,
    configuration,
    storage,
    eventLog,
    network,
    fingerprint,
    log,
    requestStop,
  });
  undo.add(() => own.stop());
  const handler = serverApplication(own.access, log);
  answerWith(handler);
  undo.add(await listenOnSocket(home, handler));

  const listen = network.listeningAt && formatHostPort(network.listeningAt);
  if (opened.first) {
    // Stored with the actual ports: peers will know them, so the next start has to use the same.
    await writeConfiguration(storage, { ...configuration, listen: listen ?? configuration.listen, api: api ?? null });
  }
  lock.describe({
    processId: process.pid,
    name,
    ...(listen === undefined ? {} : { listen }),
    ...(api === undefined ? {} : { api }),
  });
  const ready = { ready: true, name, listen, api: api ?? null, fingerprint, home, processId: process.pid };
  out(
    request.json
      ? JSON.stringify(ready)
      : `${name} is ready: links on ${listen}, API on ${api ?? 'its socket alone'}, home ${home}, process ${process.pid}`,
  );
  if (manager !== undefined) {
    const { information } = remoteServer(name, sendOverSocket(home));
    const report = new ServiceReport({ manager, clock, log, listen, ask: () => information.report() });
    undo.add(() => report.stop());
  }
}

/** The content of a server's home, once the home is locked. */
interface OpenHome {
  readonly lock: HomeLock;
  readonly identity: Identity;
  readonly configuration: ServerConfiguration;
  /** The home has no configuration of its own yet. */
  readonly first: boolean;
  readonly storage: Storage;
  readonly eventLog: EventLog;
}

async function openHome(
  request: ServeRequest,
  { openStorage, clock, random, log }: ServeParts,
  undo: Undo,
): Promise<OpenHome> {
  const { home } = request;
  const known = request.name ?? (await loadIdentity(home))?.name;
  if (known === undefined && !existsSync(join(home, configurationFileName)))
    throw missingServer(home, 'start a server', 'NAME-MISSING');
  const lock = lockHome(home, known ?? 'that is starting');
  undo.add(() => lock.release());
  const storage = await openStorage(home);
  const saved = await readConfiguration(storage);
  // A configuration that the operator wrote before the first start names the server.
  const name = known ?? saved?.name;
  if (name === undefined) throw missingServer(home, 'start a server', 'NAME-MISSING');
  const identity = await loadOrCreateIdentity(home, name, { clock, random });
  const configuration = configured(request, identity, saved);
  log.limit(configuration.log);
  const eventLog = await EventLog.open(storage, clock, log);
  undo.add(() => eventLog.close());
  return { lock, identity, configuration, first: saved === undefined, storage, eventLog };
}

/** The listeners for other servers and for the API. */
interface Doors {
  readonly network: TlsNetwork;
  /** The address of the API, `host:port`; undefined when the API is not offered. */
  readonly api: string | undefined;
  readonly answerWith: (handler: RequestHandler) => void;
}

/**
 * Opens the doors before the server is made, because it must know their ports; until `answerWith` they answer "not
 * yet".
 */
async function openDoors(
  home: string,
  { identity, configuration, eventLog }: OpenHome,
  clock: Clock,
  undo: Undo,
): Promise<Doors> {
  const trust = new TrustStore(home);
  // What cannot be read is said now, and not when the first link is refused.
  await trust.peers();
  const onRefused = (peer: string, reason: string): void => eventLog.outside.report('connection', { peer, reason });
  let handler: RequestHandler = async () => startingUp(identity.name);
  const answerWith = (given: RequestHandler): void => {
    handler = given;
  };
  const door =
    configuration.api === null
      ? undefined
      : await listenForPeers({ identity, trust, clock, onRefused }, parseHostPort(configuration.api), (...call) =>
          handler(...call),
        );
  if (door !== undefined) undo.add(() => door.close());
  const api = door && formatHostPort(door.listeningAt);
  const pairing = new PairingAcceptor({
    identity,
    trust,
    pending: new PendingCode(home, clock),
    clock,
    ...(api === undefined ? {} : { api }),
    onPaired: (peer) => void eventLog.emit(5100, { peer: peer.name, fingerprint: peer.fingerprint }),
  });
  const network = new TlsNetwork({
    identity,
    trust,
    clock,
    listenAt: parseHostPort(configuration.listen),
    pairing,
    onTrustEnded: (peer, links) => void eventLog.emit(5101, { peer, links }),
  });
  return { network, api, answerWith };
}

/** The settings of this run: from the command line first, then from the file, then the defaults. */
function configured(
  request: ServeRequest,
  identity: Identity,
  saved: ServerConfiguration | undefined,
): ServerConfiguration {
  const given = {
    ...(request.listen === undefined ? {} : { listen: request.listen }),
    ...(request.api === undefined ? {} : { api: request.api }),
  };
  for (const address of Object.values(given)) parseHostPort(address);
  return { ...(saved ?? defaultConfiguration(identity.name)), ...given, name: identity.name };
}

/** Steps to take at the stop, the last one first. */
class Undo {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Takes every step; rejects with the failure of the first step that failed. */
  async run(): Promise<void> {
    const thrown: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length > 0) throw thrown[0];
  }
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function startingUp(name: string): Response {
  const failure = {
    code: 'SERVER-STARTING',
    operation: 'answer',
    subject: `server ${name}`,
    reason: 'it has not finished starting',
    retryable: true,
  };
  return Response.json({ failure }, { status: 503 });
}

// The door of the API for other machines: HTTPS with TLS 1.3, on which both sides present the certificate that the other
// has pinned. What a caller may do is what its entry among the trusted servers says, looked up at every request; one
// without an entry gets a refusal and nothing of its request's body is read.
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { formatHostPort, type HostPort, parseHostPort } from '../../base/addresses/host-port.ts';
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { asSystemFailure } from '../identity/home-file.ts';
import type { Identity } from '../identity/identity.ts';
import type { TrustedPeer, TrustStore } from '../identity/trust-store.ts';
import {
  apiProtocol,
  dialTls,
  pinnedServerOptions,
  presentedFingerprint,
  sameFingerprint,
} from '../network/pinned-tls.ts';
import { remoteAddress, type StrangerLimits, Strangers, usualStrangerLimits } from '../network/strangers.ts';
import { exchange, type HttpHandler, type Judgement, requestListener } from './http-exchange.ts';

const handshakeTimeoutMs = 10_000;
/** Of one peer at a time; a call that waits has a connection of its own. */
const connectionsMaxOfPeer = 256;
/** For a request to arrive, and for its head alone. */
const requestTimeoutMs = 60_000;
const headTimeoutMs = 10_000;

export interface PeerDoor {
  /** With the port that the system chose when it was asked for any. */
  readonly listeningAt: HostPort;
  close(): Promise<void>;
}

export interface PeerDoorParts {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly clock: Clock;
  readonly strangers?: Partial<StrangerLimits>;
  /** Whoever came and is not trusted; `address` is its `host:port`. */
  readonly onRefused?: (address: string, reason: string) => void;
}

/**
 * A connection is a stranger's until its first request has been judged, so one that says nothing takes no place away from a
 * trusted server (strangers.ts).
 */
export async function listenForPeers(
  { identity, trust, clock, strangers: limits, onRefused = () => undefined }: PeerDoorParts,
  address: HostPort,
  handler: HttpHandler,
): Promise<PeerDoor> {
  const strangers = new Strangers(clock, { ...usualStrangerLimits, ...limits }, onRefused);
  const known = new KnownConnections();
  const judge = async ({ socket }: IncomingMessage): Promise<Judgement> => {
    const fingerprint = socket instanceof TLSSocket ? presentedFingerprint(socket) : undefined;
    const peer = fingerprint === undefined ? undefined : await trust.byFingerprint(fingerprint);
    const from = remoteAddress(socket);
    if (peer === undefined) {
      const reason =
        fingerprint === undefined ? 'it presented no certificate' : `its certificate ${fingerprint} is not trusted`;
      strangers.refuse(from, reason, 'after what was sent');
      return notTrusted();
    }
    strangers.release(from);
    if (!known.add(peer.name, socket)) return tooManyCalls(peer.name);
    return { name: peer.name, roles: peer.roles };
  };
  const server = createServer(
    {
      ...pinnedServerOptions(identity),
      ALPNProtocols: [apiProtocol],
      // Strangers have a time limit of their own, by the clock that was given.
      handshakeTimeout: 0,
      requestTimeout: requestTimeoutMs,
      headersTimeout: headTimeoutMs,
    },
    requestListener(handler, judge),
  );
  server.on('tlsClientError', (error, socket) =>
    strangers.left(remoteAddress(socket), `the TLS handshake failed: ${error.message}`),
  );
  // Before TLS takes the connection over.
  server.prependListener('connection', (socket: Socket) => strangers.admit(remoteAddress(socket), socket));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, () => resolve());
    });
  } catch (error) {
    throw asSystemFailure(error, 'offer the API', formatHostPort(address));
  }
  return {
    listeningAt: { host: address.host, port: (server.address() as AddressInfo).port },
    close: async () => {
      strangers.dismissAll();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The connections of trusted servers. */
class KnownConnections {
  readonly #ofPeer = new Map<string, Set<Socket>>();

  /** False when the peer has as many as it may. */
  add(peerName: string, socket: Socket): boolean {
    const sockets = this.#ofPeer.get(peerName) ?? new Set();
    if (sockets.has(socket)) return true;
    if (sockets.size >= connectionsMaxOfPeer) return false;
    this.#ofPeer.set(peerName, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#ofPeer.delete(peerName);
    });
    return true;
  }
}

function notTrusted(): Response {
  const failure = {
    code: 'PEER-NOT-TRUSTED',
    operation: 'answer',
    subject: 'this server',
    reason: 'it does not trust the certificate of the caller',
    hint: 'run understudy pair there, then here: understudy pair HOST:PORT --code CODE',
  };
  return Response.json({ failure }, { status: 403 });
}

function tooManyCalls(peerName: string): Response {
  const failure = {
    code: 'TOO-MANY-CALLS',
    operation: 'answer',
    subject: peerName,
    reason: `it has ${connectionsMaxOfPeer} connections to the API of this server already`,
    hint: 'End scripts that wait for something, or try again later.',
    retryable: true,
  };
  return Response.json({ failure }, { status: 503 });
}

export interface PeerCall {
  readonly identity: Identity;
  readonly peer: TrustedPeer;
  readonly clock: Clock;
}

/** Calls a paired server; PEER-NOT-TRUSTED when another answers there, and the failures of dialling. */
export function sendToPeer({ identity, peer, clock }: PeerCall): (path: string, body: string) => Promise<string> {
  return async (path, body) => {
    if (peer.api === undefined) {
      throw new Failure({
        code: 'ADDRESS-UNKNOWN',
        operation: 'call the server',
        subject: peer.name,
        reason: 'it is trusted, but it offered no API when it was paired',
        hint: 'start it with --api HOST:PORT, then pair again',
      });
    }
    const address = parseHostPort(peer.api);
    const socket = await dialTls({ identity, address, protocol: apiProtocol, clock, timeoutMs: handshakeTimeoutMs });
    const presented = presentedFingerprint(socket) ?? 'none';
    const subject = `${peer.name} at ${peer.api}`;
    if (!sameFingerprint(presented, peer.fingerprint)) {
      socket.destroy();
      throw new Failure({
        code: 'PEER-NOT-TRUSTED',
        operation: 'call the server',
        subject,
        reason: `the server there has the certificate ${presented}, but ${peer.name} is trusted with ${peer.fingerprint}`,
        hint: `if ${peer.name} was reinstalled, remove it from the trusted servers and pair again`,
      });
    }
    return exchange(socket, path, body, subject);
  };
}

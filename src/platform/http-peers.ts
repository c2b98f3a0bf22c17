// The door of the API for other machines: HTTPS with TLS 1.3, on which both sides present the certificate that the other
// has pinned. What a caller may do is what its entry among the trusted servers says, looked up at every request; one
// without an entry gets a refusal and nothing of its request is read.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { type Access, exchange, type HttpHandler, requestListener } from './http-exchange.ts';
import { systemFailure } from './identity/home-file.ts';
import type { Identity } from './identity/identity.ts';
import type { TrustedPeer, TrustStore } from './identity/trust-store.ts';
import { formatHostPort, type HostPort, parseHostPort } from './network/host-port.ts';
import { dialTls, pinnedServerOptions, presentedFingerprint, sameFingerprint } from './network/pinned-tls.ts';

/** The name by which ALPN knows HTTP/1.1 (RFC 7301, section 6). */
const protocol = 'http/1.1';
const handshakeTimeoutMs = 10_000;
const connectionsMax = 256;

const accessLevels: Readonly<Record<TrustedPeer['access'], Access>> = { none: 0, monitor: 1, full: 2 };

export interface PeerDoor {
  /** With the port that the system chose when it was asked for any. */
  readonly listeningAt: HostPort;
  close(): Promise<void>;
}

export async function listenForPeers(
  parts: { readonly identity: Identity; readonly trust: TrustStore },
  address: HostPort,
  handler: HttpHandler,
): Promise<PeerDoor> {
  const judge = async (socket: unknown): Promise<Access | undefined> => {
    const fingerprint = socket instanceof TLSSocket ? presentedFingerprint(socket) : undefined;
    const peer = fingerprint === undefined ? undefined : await parts.trust.byFingerprint(fingerprint);
    return peer === undefined ? undefined : accessLevels[peer.access];
  };
  const server = createServer(
    { ...pinnedServerOptions(parts.identity), ALPNProtocols: [protocol], handshakeTimeout: handshakeTimeoutMs },
    requestListener(handler, (request) => judge(request.socket)),
  );
  server.maxConnections = connectionsMax;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, () => resolve());
    });
  } catch (error) {
    throw systemFailure(error, 'offer the API', formatHostPort(address));
  }
  return {
    listeningAt: { host: address.host, port: (server.address() as AddressInfo).port },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
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
    const socket = await dialTls({ identity, address, protocol, clock, timeoutMs: handshakeTimeoutMs });
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

// The side of a pairing that was given a code: connects to a server it does not know yet, and ends with both trusting each
// other, or with nobody trusting anybody.
//
// One case is left, as it always is when two must agree over a line that may fail: the connection is lost after the other
// side trusted this one and before this side heard of it. Pairing again with a new code mends it.
import type { TLSSocket } from 'node:tls';
import { formatHostPort, type HostPort, parseHostPort } from '../../base/addresses/host-port.ts';
import { Failure } from '../../base/failure.ts';
import { sameServerName } from '../../base/given-names.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { PeerRole } from '../../model/peer-role.ts';
import type { Identity } from '../identity/identity.ts';
import { pairingKey, parsePairingCode } from '../identity/pairing-code.ts';
import type { TrustedPeer, TrustStore } from '../identity/trust-store.ts';
import { reachableAddress } from './pairing-acceptor.ts';
import {
  agreementMessage,
  isPairingProof,
  offerMessage,
  pairingExporter,
  pairingFailed,
  pairingProof,
  receivePairingMessage,
  sendPairingMessage,
} from './pairing-messages.ts';
import { apiProtocol, dialTls, pairingProtocol, presentedFingerprint } from './pinned-tls.ts';

export interface PairingRequest {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly clock: Clock;
  /** The other server, `host:port`. */
  readonly address: string;
  /** As a person typed it. */
  readonly code: string;
  /** Where this server accepts links, `host:port`; absent when it only dials. */
  readonly listensAt?: string | undefined;
  /** Where this server's API listens. */
  readonly api?: string | undefined;
  /** What the other server may do here from then on. */
  readonly roles: readonly PeerRole[];
}

const timeoutMs = 10_000;

/**
 * Resolves with the server that is trusted now. Failures: `PAIRING-CODE` (malformed, nothing was tried), `PAIRING-REFUSED`
 * (wrong code, none pending, names that clash), `PAIRING-PORT` (the port of an API), `PAIRING-FAILED`, and those of dialling and of the trust store.
 */
export async function pairWith(request: PairingRequest): Promise<TrustedPeer> {
  const { identity, trust, clock, listensAt, api } = request;
  const characters = parsePairingCode(request.code);
  const address = parseHostPort(request.address);
  const socket = await dial(identity, address, clock);
  socket.on('error', () => undefined);
  const cancelTimer = clock.after(timeoutMs, () => socket.destroy());
  try {
    const fingerprint = presentedFingerprint(socket);
    if (fingerprint === undefined) throw pairingFailed('the other side has no certificate');
    const offer = await receivePairingMessage(socket, offerMessage);
    if (offer.kind === 'refusal') throw refused(request.address, offer.reason);
    // What would keep this side from trusting the other has to come up before the other side trusts this one.
    if (sameServerName(offer.name, identity.name)) {
      throw refused(request.address, `both servers are called ${identity.name}`);
    }
    await trust.checkFree({ name: offer.name, fingerprint });
    const key = await pairingKey(characters, Buffer.from(offer.salt, 'hex'));
    const transcript = {
      exporter: pairingExporter(socket),
      dialler: { name: identity.name, fingerprint: identity.fingerprint, address: listensAt, api },
      acceptor: { name: offer.name, fingerprint, api: offer.api },
    };
    const proof = pairingProof(key, 'dialler', transcript);
    sendPairingMessage(socket, { kind: 'claim', name: identity.name, address: listensAt, api, proof });
    const agreement = await receivePairingMessage(socket, agreementMessage);
    if (agreement.kind === 'refusal') throw refused(request.address, agreement.reason);
    if (!isPairingProof(agreement.proof, pairingProof(key, 'acceptor', transcript))) {
      throw refused(request.address, 'the other side does not know the code: it is not the server that made it');
    }
    const peer: TrustedPeer = {
      name: offer.name,
      fingerprint,
      address: formatHostPort(address),
      api: offer.api === undefined ? undefined : reachableAddress(offer.api, address.host),
      roles: request.roles,
      pairedAt: new Date(clock.wallMs()).toISOString(),
    };
    await trust.add(peer);
    return peer;
  } finally {
    cancelTimer();
    socket.destroy();
  }
}

/** Fails with `PAIRING-PORT` at the port of an API, which people take for that of links. */
async function dial(identity: Identity, address: HostPort, clock: Clock): Promise<TLSSocket> {
  try {
    return await dialTls({ identity, address, protocol: pairingProtocol, clock, timeoutMs });
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'LINK-REFUSED')) throw error;
    const asApi = { identity, address, protocol: apiProtocol, clock, timeoutMs };
    const api = await dialTls(asApi).catch(() => undefined);
    if (api === undefined) throw error;
    api.on('error', () => undefined).destroy();
    throw new Failure({
      code: 'PAIRING-PORT',
      operation: 'pair',
      subject: formatHostPort(address),
      reason: 'it answers as the API of a server does, and servers pair where links are accepted',
      hint: 'give the address that understudy pair prints there; it is "listen" in its server.json',
    });
  }
}

function refused(subject: string, reason: string): Failure {
  return new Failure({
    code: 'PAIRING-REFUSED',
    operation: 'pair',
    subject,
    reason,
    hint: 'run understudy pair on the other server for a new code, and use it here within ten minutes',
  });
}

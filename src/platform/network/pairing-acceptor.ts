// The side of a pairing that made the code and waits for it, inside a running server.
//
// Invariant: nobody is trusted who has not proven to know the pending code on this very connection, and a code is used up
// before anybody is trusted for it.
import type { TLSSocket } from 'node:tls';
import { formatHostPort, parseHostPort } from '../../base/addresses/host-port.ts';
import { originOf } from '../../base/addresses/network-origin.ts';
import { Failure } from '../../base/failure.ts';
import { sameServerName } from '../../base/given-names.ts';
import { WrongTries } from '../../base/limits/wrong-tries.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Identity } from '../identity/identity.ts';
import type { PairingTry, PendingCode } from '../identity/pairing-code.ts';
import type { TrustedPeer, TrustStore } from '../identity/trust-store.ts';
import {
  claimMessage,
  isPairingProof,
  pairingExporter,
  pairingProof,
  receivePairingMessage,
  sendPairingMessage,
} from './pairing-messages.ts';

export interface PairingAcceptorOptions {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly pending: PendingCode;
  readonly clock: Clock;
  /** Where this server's API listens, for the other side to know. */
  readonly api?: string;
  readonly onPaired?: (peer: TrustedPeer) => void;
}

const refusals: Record<Exclude<PairingTry['outcome'], 'right'>, string> = {
  'no code': 'no pairing code is pending here, or it has expired',
  wrong: 'the code is wrong',
};

/** By where it comes from: with three mistakes nobody has to wait, and whoever guesses has some fifteen tries in ten minutes. */
const wrongTryLimits = { free: 3, firstWaitMs: 1_000, longestWaitMs: 60_000, keysMax: 1_024 };

export class PairingAcceptor {
  readonly #options: PairingAcceptorOptions;
  readonly #wrongTries: WrongTries;

  constructor(options: PairingAcceptorOptions) {
    this.#options = options;
    this.#wrongTries = new WrongTries(options.clock, wrongTryLimits);
  }

  /**
   * Leads one pairing with whoever presented `fingerprint`, and ends the connection. Resolves with the reason when it came to
   * nothing, undefined when the other side is trusted now. The caller limits its time.
   */
  async receive(socket: TLSSocket, fingerprint: string): Promise<string | undefined> {
    try {
      const peer = await this.#pair(socket, fingerprint);
      this.#options.onPaired?.(peer);
      return undefined;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!socket.destroyed) sendPairingMessage(socket, { kind: 'refusal', reason: error.reason });
      return error.message;
    } finally {
      socket.end();
    }
  }

  async #pair(socket: TLSSocket, fingerprint: string): Promise<TrustedPeer> {
    const { identity, trust, pending, clock, api } = this.#options;
    const salt = await pending.salt();
    if (salt === undefined) throw refused(refusals['no code']);
    sendPairingMessage(socket, { kind: 'offer', name: identity.name, api, salt: salt.toString('hex') });
    const claim = await receivePairingMessage(socket, claimMessage);
    const transcript = {
      exporter: pairingExporter(socket),
      dialler: { name: claim.name, fingerprint, address: claim.address, api: claim.api },
      acceptor: { name: identity.name, fingerprint: identity.fingerprint, api },
    };
    const origin = originOf(socket.remoteAddress ?? '');
    const waitMs = this.#wrongTries.begin(origin);
    if (waitMs !== undefined) {
      throw refused(`the code was wrong too often from ${origin}; try again in ${Math.ceil(waitMs / 1000)} s`);
    }
    const judged = await pending.judge((key) => isPairingProof(claim.proof, pairingProof(key, 'dialler', transcript)));
    if (judged.outcome !== 'right') throw refused(refusals[judged.outcome]);
    this.#wrongTries.right(origin);
    if (sameServerName(claim.name, identity.name)) throw refused(`both servers are called ${identity.name}`);
    const seenFrom = socket.remoteAddress ?? '';
    const peer: TrustedPeer = {
      name: claim.name,
      fingerprint,
      address: claim.address === undefined ? undefined : reachableAddress(claim.address, seenFrom),
      api: claim.api === undefined ? undefined : reachableAddress(claim.api, seenFrom),
      roles: judged.roles,
      pairedAt: new Date(clock.wallMs()).toISOString(),
    };
    await trust.add(peer);
    sendPairingMessage(socket, { kind: 'agreement', proof: pairingProof(judged.key, 'acceptor', transcript) });
    return peer;
  }
}

/** A server that listens at every address of its machine is reached at the one that it is seen at. */
export function reachableAddress(address: string, seenAt: string): string {
  const { host, port } = parseHostPort(address);
  const anyAddress = host === '0.0.0.0' || host === '::';
  return formatHostPort({ host: anyAddress ? seenAt.replace(/^::ffff:/, '') : host, port });
}

function refused(reason: string): Failure {
  return new Failure({ code: 'PAIRING-REFUSED', operation: 'pair', subject: 'the other server', reason });
}

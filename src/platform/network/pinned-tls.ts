// TLS 1.3 with pinned certificates, as links, pairing and the network API use it.
//
// Rules: TLS 1.3 and nothing older; both sides present a certificate, and its key is proven by the handshake itself; no
// authority signs anything, so Node's own check is off and the caller compares fingerprints before it reads or sends a byte
// of its own; no session is resumed, so every connection proves the keys anew. What a connection is for is agreed by ALPN
// (RFC 7301).
//
// Failures of dialling: `ADDRESS-UNKNOWN`, `LINK-REFUSED`, `LINK-TIMEOUT`, all retryable.
import { constants, timingSafeEqual } from 'node:crypto';
import { connect, type TLSSocket, type TlsOptions } from 'node:tls';
import { formatHostPort, type HostPort } from '../../base/addresses/host-port.ts';
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Identity } from '../identity/identity.ts';

/** The protocols that share one port, by their ALPN names. */
export const linkProtocol = 'understudy/1';
export const pairingProtocol = 'understudy-pair/1';

/** The API, which has a port of its own: HTTP/1.1 (RFC 7301, section 6). */
export const apiProtocol = 'http/1.1';

/** After so long without traffic the system asks whether the other end is still there; ten unanswered seconds end it. */
const keepAliveMs = 10_000;

/** For a TLS server that asks for a certificate and leaves the judgement to `presentedFingerprint`. */
export function pinnedServerOptions(identity: Identity): TlsOptions {
  return {
    cert: identity.certificatePem,
    key: identity.privateKeyPem,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: false,
    // No tickets: a session that cannot be resumed.
    secureOptions: constants.SSL_OP_NO_TICKET,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  };
}

/** The fingerprint of the certificate that the other side proved to own; undefined when it presented none. */
export function presentedFingerprint(socket: TLSSocket): string | undefined {
  return socket.getPeerX509Certificate()?.fingerprint256;
}

/** Compares without telling by its duration how much was equal. */
export function sameFingerprint(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}

export interface Dialling {
  readonly identity: Identity;
  readonly address: HostPort;
  readonly protocol: string;
  readonly clock: Clock;
  /** For everything up to the end of the handshake. */
  readonly timeoutMs: number;
}

/** Resolves after the handshake, paused, with nothing known about who is at the other end. */
export function dialTls({ identity, address, protocol, clock, timeoutMs }: Dialling): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const subject = formatHostPort(address);
    const socket = connect({
      host: address.host,
      port: address.port,
      cert: identity.certificatePem,
      key: identity.privateKeyPem,
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      rejectUnauthorized: false,
      ALPNProtocols: [protocol],
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    const fail = (failure: Failure): void => {
      settle();
      // Errors that come after the failure concern nobody.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(failure);
    };
    const onError = (error: Error): void => fail(diallingFailure(error, subject));
    const onClose = (): void => fail(linkRefused(subject, 'the other end closed the connection during the handshake'));
    const onSecure = (): void => {
      if (socket.alpnProtocol !== protocol) {
        fail(linkRefused(subject, `the server there does not speak ${protocol}`));
        return;
      }
      settle();
      resolve(socket);
    };
    const cancelTimer = clock.after(timeoutMs, () =>
      fail(
        new Failure({
          code: 'LINK-TIMEOUT',
          operation: 'connect',
          subject,
          reason: `no answer within ${timeoutMs / 1000} s`,
          retryable: true,
        }),
      ),
    );
    const settle = (): void => {
      cancelTimer();
      socket.off('error', onError).off('close', onClose).off('secureConnect', onSecure);
    };
    socket.on('error', onError).on('close', onClose).on('secureConnect', onSecure);
  });
}

export function linkRefused(subject: string, reason: string, hint?: string): Failure {
  return new Failure({
    code: 'LINK-REFUSED',
    operation: 'connect',
    subject,
    reason,
    ...(hint === undefined ? {} : { hint }),
    retryable: true,
  });
}

function diallingFailure(error: Error, subject: string): Failure {
  const errno = 'code' in error ? String(error.code) : '';
  switch (errno) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
      return new Failure({
        code: 'ADDRESS-UNKNOWN',
        operation: 'connect',
        subject,
        reason: 'the host name has no address',
        hint: 'check the name, or use the IP address',
        retryable: true,
      });
    case 'ECONNREFUSED':
      return linkRefused(subject, 'nothing listens there', 'start the server there with: understudy serve');
    case 'ETIMEDOUT':
      return new Failure({
        code: 'LINK-TIMEOUT',
        operation: 'connect',
        subject,
        reason: 'no answer',
        retryable: true,
      });
    default:
      return linkRefused(subject, error.message);
  }
}

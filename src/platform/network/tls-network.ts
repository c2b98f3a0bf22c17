// The network port over TCP and TLS: links between servers that have pinned each other's certificates, and pairing, which
// is how they come to, on the same port.
//
// A link is made in three steps: TLS handshake; each side compares the other's fingerprint with those it trusts; the
// accepting side sends one byte, its verdict. In TLS 1.3 the dialling side ends its handshake before the other has judged
// its certificate; without the verdict it would take a refusal for a link that closed at once. Until the verdict nothing is
// sent by the dialling side and nothing is read by the accepting one.
//
// Whoever is not yet authenticated is a stranger (strangers.ts): there may be so many at a time, and each has so long.
import { connect as connectTcp, createServer as createTcpServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { formatHostPort, type HostPort, hostPortShape, parseHostPort } from '../../base/addresses/host-port.ts';
import { asFailure, assert, Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { PeerRole } from '../../model/peer-role.ts';
import type { Link, Network } from '../../ports/network.ts';
import { hasErrno } from '../identity/home-file.ts';
import type { Identity } from '../identity/identity.ts';
import type { TrustedPeer, TrustStore } from '../identity/trust-store.ts';
import type { PairingAcceptor } from './pairing-acceptor.ts';
import {
  dialTls,
  linkProtocol,
  linkRefused,
  pairingProtocol,
  pinnedServerOptions,
  presentedFingerprint,
  sameFingerprint,
} from './pinned-tls.ts';
import { remoteAddress, type StrangerLimits, Strangers, usualStrangerLimits } from './strangers.ts';
import { TlsLink } from './tls-link.ts';
import { TrustedLinks } from './trusted-links.ts';

export interface TlsNetworkOptions {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly clock: Clock;
  /** Where `listen` accepts; without it this server only dials. */
  readonly listenAt?: HostPort;
  /** Answers those who come to pair; without it they are refused. */
  readonly pairing?: PairingAcceptor;
  /** The trust in a server has ended, and with it so many open links. */
  readonly onTrustEnded?: (peerName: string, links: number) => void;
  /** For a whole connect: name resolution, handshake and verdict. */
  readonly connectTimeoutMs?: number;
  readonly strangers?: Partial<StrangerLimits>;
}

const defaultTimeoutMs = 10_000;
/** Of a server whose address was not told when it was paired. */
const usualPort = 6320;

const accepted = 1;
const notTrusted = 2;

export class TlsNetwork implements Network {
  readonly #options: TlsNetworkOptions;
  readonly #links: TrustedLinks;
  #listeningAt: HostPort | undefined;

  constructor(options: TlsNetworkOptions) {
    this.#options = options;
    const { trust, clock, onTrustEnded = () => undefined } = options;
    this.#links = new TrustedLinks(trust, clock, onTrustEnded);
  }

  /** Where links are accepted now, with the port that the system chose when it was asked for any. */
  get listeningAt(): HostPort | undefined {
    return this.#listeningAt;
  }

  reach(host: string, port: number): Promise<string | undefined> {
    const { connectTimeoutMs = defaultTimeoutMs } = this.#options;
    return new Promise((resolve) => {
      const socket = connectTcp({ host, port, timeout: connectTimeoutMs });
      const end = (answer: string | undefined): void => {
        socket.destroy();
        resolve(answer);
      };
      socket.once('connect', () => end(undefined));
      socket.once('error', (error) => end(error.message));
      socket.once('timeout', () => end('the connection attempt timed out'));
    });
  }

  async addressOf(peerName: string, address?: string): Promise<string | undefined> {
    const trusted = await this.#options.trust.byName(peerName);
    return address === undefined ? trusted?.address : wholeAddress(address, trusted?.address);
  }

  async connect(peerName: string, role?: PeerRole, chosen?: string): Promise<Link> {
    const { identity, trust, clock, connectTimeoutMs = defaultTimeoutMs } = this.#options;
    const startMs = clock.monotonicMs();
    const trusted = await trust.byName(peerName);
    if (trusted === undefined) throw notTrustedHere(peerName, identity.fingerprint);
    if (role !== undefined && !trusted.roles.includes(role)) throw roleMissingHere(trusted, role, identity.name);
    const address = chosen === undefined ? trusted.address : wholeAddress(chosen, trusted.address);
    if (address === undefined) {
      throw new Failure({
        code: 'ADDRESS-UNKNOWN',
        operation: 'connect',
        subject: peerName,
        reason: 'it is trusted, but where it listens is not known',
        hint: 'pair again, this time while it runs with --listen HOST:PORT',
        retryable: true,
      });
    }
    const socket = await dialTls({
      identity,
      address: parseHostPort(address),
      protocol: linkProtocol,
      clock,
      timeoutMs: connectTimeoutMs,
    });
    const presented = presentedFingerprint(socket) ?? 'none';
    if (!sameFingerprint(presented, trusted.fingerprint)) {
      socket.destroy();
      throw new Failure({
        code: 'PEER-NOT-TRUSTED',
        operation: 'connect',
        subject: `${trusted.name} at ${address}`,
        reason: `the server there has the certificate ${presented}, but ${trusted.name} is trusted with ${trusted.fingerprint}`,
        hint: `if ${trusted.name} was reinstalled, remove it from the trusted servers and run: understudy pair ${address} --code CODE`,
      });
    }
    const subject = `${trusted.name} at ${address}`;
    const remainingMs = connectTimeoutMs - (clock.monotonicMs() - startMs);
    const verdict = await readVerdict(socket, clock, Math.max(0, remainingMs), subject);
    if (verdict === accepted) {
      const { remoteAddress: host, remotePort: port } = socket;
      const reached = host === undefined || port === undefined ? {} : { address: { host, port } };
      const peer = { name: trusted.name, fingerprint: trusted.fingerprint, ...reached };
      const roles = role === undefined ? [] : [role];
      return this.#links.admit(new TlsLink({ ...peer, roles }, socket, clock));
    }
    socket.destroy();
    if (verdict !== notTrusted) throw linkRefused(subject, 'the answer is not of this protocol');
    throw new Failure({
      code: 'PEER-NOT-TRUSTED',
      operation: 'connect',
      subject,
      reason: `${trusted.name} (${trusted.fingerprint}) does not trust this server, ${identity.name} (${identity.fingerprint})`,
      hint: `run understudy pair on ${trusted.name}, then here: understudy pair ${address} --code CODE`,
    });
  }

  async listen(
    accept: (link: Link) => void,
    onRefused: (address: string, reason: string) => void,
  ): Promise<() => Promise<void>> {
    const { identity, clock, listenAt, strangers: limits } = this.#options;
    assert(listenAt !== undefined, 'a network that listens is told where');
    assert(this.#listeningAt === undefined, 'a network listens once at a time');
    const strangers = new Strangers(clock, { ...usualStrangerLimits, ...limits }, onRefused);
    const tlsServer = createTlsServer({
      ...pinnedServerOptions(identity),
      ALPNProtocols: [linkProtocol, pairingProtocol],
      // Strangers have a time limit of their own, by the clock that was given.
      handshakeTimeout: 0,
    });
    tlsServer.on('tlsClientError', (error, socket) => {
      strangers.left(remoteAddress(socket), `the TLS handshake failed: ${error.message}`);
    });
    tlsServer.on('secureConnection', (socket) => {
      // From here on an error is followed by a 'close', which is enough to know.
      socket.on('error', () => undefined);
      const address = remoteAddress(socket);
      this.#receive(socket, address, strangers, accept).catch((error: unknown) => {
        strangers.refuse(address, asFailure(error, 'accept a connection', address).message);
      });
    });
    const tcpServer = createTcpServer((socket) => {
      strangers.admit(remoteAddress(socket), socket);
      tlsServer.emit('connection', socket);
    });
    this.#listeningAt = await listening(tcpServer, listenAt);
    return async () => {
      this.#listeningAt = undefined;
      // Stops accepting at once; the links that are there stay, and the callback would wait for them.
      tcpServer.close();
      strangers.dismissAll();
    };
  }

  /** What becomes of a connection after its handshake. */
  async #receive(
    socket: TLSSocket,
    address: string,
    strangers: Strangers,
    accept: (link: Link) => void,
  ): Promise<void> {
    const { trust, pairing, clock } = this.#options;
    const fingerprint = presentedFingerprint(socket);
    if (fingerprint === undefined) {
      strangers.refuse(address, 'it presented no certificate');
      return;
    }
    if (socket.alpnProtocol === pairingProtocol && pairing !== undefined) {
      const refusal = await pairing.receive(socket, fingerprint);
      if (refusal === undefined) strangers.release(address);
      else strangers.refuse(address, refusal, 'after what was sent');
      return;
    }
    if (socket.alpnProtocol !== linkProtocol) {
      strangers.refuse(address, 'it asked for no protocol that is spoken here');
      return;
    }
    const peer = await trust.byFingerprint(fingerprint);
    if (socket.destroyed) return;
    // A target opens a link to ask whether this server lives; whether a peer may send a job is asked when it says hello.
    const roles = peer?.roles.filter((role) => role === 'source' || role === 'target') ?? [];
    if (peer === undefined || roles.length === 0) {
      socket.end(Buffer.from([notTrusted]));
      const standing =
        peer === undefined ? 'is not trusted' : `belongs to ${peer.name}, which is neither a source nor a target here`;
      strangers.refuse(address, `its certificate ${fingerprint} ${standing}`, 'after what was sent');
      return;
    }
    if (!strangers.release(address)) return;
    socket.write(Buffer.from([accepted]));
    accept(this.#links.admit(new TlsLink({ name: peer.name, fingerprint, roles }, socket, clock)));
  }
}

/** HOST:PORT of an address that may have no port: then it is the port at which the peer was paired. */
function wholeAddress(address: string, paired: string | undefined): string {
  if (hostPortShape.test(address)) return address;
  const { port } = paired === undefined ? { port: usualPort } : parseHostPort(paired);
  return formatHostPort(parseHostPort(formatHostPort({ host: address, port })));
}

function notTrustedHere(peerName: string, ownFingerprint: string): Failure {
  return new Failure({
    code: 'PEER-NOT-TRUSTED',
    operation: 'connect',
    subject: peerName,
    reason: `no server of this name is trusted here (this server's own certificate is ${ownFingerprint})`,
    hint: `run understudy pair on ${peerName}, then here: understudy pair HOST:PORT --code CODE`,
  });
}

function roleMissingHere({ name, roles }: TrustedPeer, role: PeerRole, ownName: string): Failure {
  return new Failure({
    code: 'PEER-NOT-TRUSTED',
    operation: 'connect',
    subject: name,
    reason: `it is not trusted as a ${role} of ${ownName}, only as: ${roles.join(', ') || 'nothing'}`,
    hint: `pair again, here with --allow ${role}`,
  });
}

/** The first byte from the accepting side; whatever follows it stays in the stream, which is paused again. */
function readVerdict(socket: TLSSocket, clock: Clock, timeoutMs: number, subject: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      cancelTimer();
      socket.off('data', onData).off('close', onClose);
    };
    const onData = (bytes: Buffer): void => {
      settle();
      socket.pause();
      socket.unshift(bytes.subarray(1));
      resolve(bytes.readUInt8(0));
    };
    const onClose = (): void => {
      settle();
      reject(linkRefused(subject, 'the other end closed the connection before it accepted it'));
    };
    const cancelTimer = clock.after(timeoutMs, () => {
      settle();
      socket.destroy();
      reject(
        new Failure({
          code: 'LINK-TIMEOUT',
          operation: 'connect',
          subject,
          reason: 'it did not say in time whether it accepts the link',
          retryable: true,
        }),
      );
    });
    socket.on('error', () => undefined);
    socket.on('data', onData).on('close', onClose);
  });
}

/** Resolves with the address that is really listened at. */
function listening(server: Server, { host, port }: HostPort): Promise<HostPort> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = hasErrno(error, 'EADDRINUSE');
      reject(
        new Failure({
          code: 'code' in error ? String(error.code) : 'UNEXPECTED',
          operation: 'listen for other servers',
          subject: formatHostPort({ host, port }),
          reason: taken ? 'another program listens there' : error.message,
          hint: taken ? 'use another --listen HOST:PORT, or stop that program' : 'check --listen HOST:PORT',
        }),
      );
    });
    server.listen({ host, port }, () => {
      const address = server.address();
      assert(address !== null && typeof address === 'object', 'a TCP server has an address and a port');
      resolve({ host, port: address.port });
    });
  });
}

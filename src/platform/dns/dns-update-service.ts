// The name service port over DNS: questions by UDP (by TCP when the answer is too long for it), updates by TCP, both signed
// when the server has a key.
//
// Invariants: only what a server is authoritative for counts as an answer; an answer to a signed request counts only with a
// valid signature, except that a refusal may come without one (who forges it gains no more than who drops the answer).
import { Failure } from '../../base/failure.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { AddressRecord, NameServer, NameService } from '../../ports/name-service.ts';
import {
  type DnsAnswer,
  decodeAnswer,
  encodeQuery,
  encodeUpdate,
  type RecordSetChange,
  sameName,
  withoutFinalDot,
} from './message.ts';
import { exchangeOverTcp, exchangeOverUdp } from './transport.ts';
import { fudgeSeconds, signMessage, type TsigKey, verifyAnswer } from './tsig.ts';

export interface DnsUpdateServiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** For one message there and back. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 5_000;

export class DnsUpdateService implements NameService {
  readonly #options: DnsUpdateServiceOptions;

  constructor(options: DnsUpdateServiceOptions) {
    this.#options = options;
  }

  async query(server: NameServer, name: string, type: 'A' | 'PTR'): Promise<AddressRecord[]> {
    const operation = `look up the ${type} records of ${name}`;
    const answer = await this.#ask(server, operation, name, type);
    if (answer.responseCode !== 'NOERROR' && answer.responseCode !== 'NXDOMAIN') {
      throw refused(operation, server, answer.responseCode);
    }
    if (!answer.authoritative) throw notAuthoritative(operation, server);
    return answer.answers.flatMap((record) =>
      record.type === type && sameName(record.name, name)
        ? [{ type, name: withoutFinalDot(name), value: withoutFinalDot(record.data), ttlSeconds: record.ttl ?? 0 }]
        : [],
    );
  }

  async zoneOf(server: NameServer, name: string): Promise<string> {
    const operation = `find the zone of ${name}`;
    const labels = withoutFinalDot(name).split('.');
    for (let first = 0; first < labels.length; first += 1) {
      const asked = labels.slice(first).join('.');
      const answer = await this.#ask(server, operation, asked, 'SOA');
      const found = answer.responseCode === 'NOERROR' || answer.responseCode === 'NXDOMAIN';
      // A referral: the name is in a zone below, which others serve.
      if (found && !answer.authoritative) throw notAuthoritative(operation, server);
      const start = [...answer.answers, ...answer.authorities].find(
        (record) => record.type === 'SOA' && isWithin(asked, record.name),
      );
      if (start !== undefined) return withoutFinalDot(start.name);
    }
    throw refused(operation, server, 'REFUSED');
  }

  async replace(server: NameServer, zone: string, changes: readonly RecordSetChange[]): Promise<void> {
    const operation = `update the zone ${zone}`;
    const message = encodeUpdate(this.#freshId(), zone, changes);
    const { responseCode } = await this.#exchange(server, operation, message, exchangeOverTcp);
    if (responseCode === 'NXRRSET' || responseCode === 'YXRRSET') throw changed(operation, server, responseCode);
    if (responseCode !== 'NOERROR') throw refused(operation, server, responseCode);
  }

  async #ask(server: NameServer, operation: string, name: string, type: 'A' | 'PTR' | 'SOA'): Promise<DnsAnswer> {
    const message = encodeQuery(this.#freshId(), name, type);
    const answer = await this.#exchange(server, operation, message, exchangeOverUdp);
    return answer.truncated ? this.#exchange(server, operation, message, exchangeOverTcp) : answer;
  }

  async #exchange(
    server: NameServer,
    operation: string,
    message: Buffer,
    exchange: typeof exchangeOverTcp,
  ): Promise<DnsAnswer> {
    const { clock, timeoutMs = defaultTimeoutMs } = this.#options;
    const { host, port, key } = server;
    const signed = key === undefined ? undefined : signMessage(message, key, Math.floor(clock.wallMs() / 1000));
    const bytes = await exchange({ host, port, message: signed?.bytes ?? message, clock, timeoutMs });
    const answer = decodeAnswer(bytes, subjectOf(server));
    if (key === undefined || signed === undefined) return answer;
    const verdict = verifyAnswer(bytes, key, signed.mac, Math.floor(clock.wallMs() / 1000));
    switch (verdict.state) {
      case 'valid':
        return answer;
      case 'error':
        throw signatureRefused(operation, server, key, verdict, clock.wallMs());
      case 'bad':
        throw badAnswer(operation, server, verdict.reason);
      case 'unsigned':
        if (answer.responseCode !== 'NOERROR' && answer.responseCode !== 'NXDOMAIN') return answer;
        throw badAnswer(operation, server, 'it is not signed, although the request was');
    }
  }

  #freshId(): number {
    return Buffer.from(this.#options.random.bytes(2)).readUInt16BE(0);
  }
}

function isWithin(name: string, zone: string): boolean {
  return (
    sameName(name, zone) ||
    withoutFinalDot(name)
      .toLowerCase()
      .endsWith(`.${withoutFinalDot(zone).toLowerCase()}`)
  );
}

function subjectOf({ host, port }: NameServer): string {
  return `${host}:${port}`;
}

const meanings: Readonly<Record<string, { readonly reason: string; readonly hint: string }>> = {
  FORMERR: { reason: 'the server could not read the request', hint: 'check that it is a DNS server' },
  SERVFAIL: { reason: 'the server failed', hint: "look into the name server's own log" },
  NOTIMP: { reason: 'the server does not know such requests', hint: 'use a name server that takes dynamic updates' },
  REFUSED: {
    reason: 'the server does not allow it',
    hint: "allow it for this key in the zone's update policy, and check that the server serves the zone",
  },
  NOTAUTH: {
    reason: 'the server is not the authority for this zone',
    hint: "check the zone's name, and that this is its primary server",
  },
  NOTZONE: { reason: 'a name is not within this zone', hint: "check the zone's name" },
};

function refused(operation: string, server: NameServer, responseCode: string): Failure {
  const meaning = meanings[responseCode];
  return new Failure({
    code: 'DNS-REFUSED',
    operation,
    subject: subjectOf(server),
    reason: meaning === undefined ? responseCode : `${responseCode}: ${meaning.reason}`,
    ...(meaning === undefined ? {} : { hint: meaning.hint }),
    retryable: responseCode === 'SERVFAIL',
  });
}

function changed(operation: string, server: NameServer, responseCode: string): Failure {
  return new Failure({
    code: 'DNS-CHANGED',
    operation,
    subject: subjectOf(server),
    reason: `${responseCode}: the records are not what they were when they were read`,
    hint: 'somebody else changes them too; look at them before trying again',
    retryable: true,
  });
}

function signatureRefused(
  operation: string,
  server: NameServer,
  key: TsigKey,
  { error, serverTimeSeconds }: { readonly error: string; readonly serverTimeSeconds?: number },
  wallMs: number,
): Failure {
  const apart =
    serverTimeSeconds === undefined ? '' : ` by ${Math.round(Math.abs(serverTimeSeconds - wallMs / 1000))} s`;
  const explained: Readonly<Record<string, { readonly reason: string; readonly hint: string }>> = {
    BADKEY: {
      reason: `the server does not know the key ${key.name} with ${key.algorithm}`,
      hint: "check the key's name and algorithm against the server's key file",
    },
    BADSIG: {
      reason: `the server has another secret for the key ${key.name}`,
      hint: "copy the secret anew from the server's key file",
    },
    BADTIME: {
      reason: `the clocks of this machine and of the server differ${apart}; ${fudgeSeconds} s are allowed`,
      hint: 'set both clocks, best by NTP',
    },
  };
  const meaning = explained[error];
  return new Failure({
    code: 'DNS-REFUSED',
    operation,
    subject: subjectOf(server),
    reason: `NOTAUTH with ${error}${meaning === undefined ? '' : `: ${meaning.reason}`}`,
    ...(meaning === undefined ? {} : { hint: meaning.hint }),
  });
}

function notAuthoritative(operation: string, server: NameServer): Failure {
  return new Failure({
    code: 'DNS-REFUSED',
    operation,
    subject: subjectOf(server),
    reason: 'the server is not the authority for this name',
    hint: "use the primary server of the name's zone",
  });
}

function badAnswer(operation: string, server: NameServer, reason: string): Failure {
  return new Failure({
    code: 'DNS-BAD-ANSWER',
    operation,
    subject: subjectOf(server),
    reason: `the answer cannot be believed: ${reason}`,
    hint: 'somebody may be answering in the place of the server; look at the records before trying again',
  });
}

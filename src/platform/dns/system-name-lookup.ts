// The name lookup port over the resolver of Node.js (c-ares), which asks DNS alone: /etc/hosts plays no part.
import { Resolver } from 'node:dns/promises';
import { Failure } from '../../base/failure.ts';
import type { LookupType, NameLookup, NameQuestion } from '../../ports/name-lookup.ts';
import { withoutFinalDot } from './message.ts';

const defaultTimeoutMs = 3000;
const tries = 2;

export class SystemNameLookup implements NameLookup {
  readonly #timeoutMs: number;

  /** `timeoutMs`: for each of two tries at each name server. */
  constructor({ timeoutMs = defaultTimeoutMs }: { readonly timeoutMs?: number } = {}) {
    this.#timeoutMs = timeoutMs;
  }

  async lookUp(question: NameQuestion, signal: AbortSignal): Promise<string[]> {
    const resolver = new Resolver({ timeout: this.#timeoutMs, tries });
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      direct(resolver, question);
      return await asked[question.type](resolver, question.name);
    } catch (thrown) {
      if (thrown instanceof Failure) throw thrown;
      const { code = 'UNEXPECTED' } = thrown as NodeJS.ErrnoException;
      if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
      throw explained(code, question);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}

function direct(resolver: Resolver, { name, server }: NameQuestion): void {
  if (server === undefined) return;
  const { host, port } = server;
  try {
    resolver.setServers([`${host.includes(':') ? `[${host}]` : host}:${port}`]);
  } catch {
    const hint = 'look up its address first, or write it: AT "10.0.0.53"';
    throw lookupFailure('DNS-BAD-SERVER', name, `the name server ${host} is not given by its address`, hint);
  }
}

const asked: Readonly<Record<LookupType, (resolver: Resolver, name: string) => Promise<string[]>>> = {
  A: (resolver, name) => resolver.resolve4(name),
  AAAA: (resolver, name) => resolver.resolve6(name),
  CNAME: async (resolver, name) => (await resolver.resolveCname(name)).map(withoutFinalDot),
  NS: async (resolver, name) => (await resolver.resolveNs(name)).map(withoutFinalDot),
  PTR: async (resolver, name) => (await resolver.resolvePtr(name)).map(withoutFinalDot),
  TXT: async (resolver, name) => (await resolver.resolveTxt(name)).map((parts) => parts.join('')),
  MX: async (resolver, name) =>
    (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${withoutFinalDot(exchange)}`),
  SRV: async (resolver, name) =>
    (await resolver.resolveSrv(name)).map(
      (one) => `${one.priority} ${one.weight} ${one.port} ${withoutFinalDot(one.name)}`,
    ),
};

const meanings: Readonly<Record<string, { readonly code: string; readonly reason: string }>> = {
  ETIMEOUT: { code: 'DNS-TIMEOUT', reason: 'no answer in time' },
  ECONNREFUSED: { code: 'DNS-UNREACHABLE', reason: 'no name server could be reached' },
  ESERVFAIL: { code: 'DNS-REFUSED', reason: 'SERVFAIL: the name server failed' },
  EREFUSED: { code: 'DNS-REFUSED', reason: 'REFUSED: the name server does not answer this' },
  ENOTIMP: { code: 'DNS-REFUSED', reason: 'NOTIMP: the name server does not know such questions' },
  EFORMERR: { code: 'DNS-REFUSED', reason: 'FORMERR: the name server could not read the question' },
  EBADNAME: { code: 'DNS-BAD-RECORD', reason: 'no record can have this name' },
};

const retryable: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ESERVFAIL']);

function explained(error: string, { name, server }: NameQuestion): Failure {
  const { code, reason } = meanings[error] ?? { code: 'DNS-BAD-ANSWER', reason: `the answer is of no use (${error})` };
  const place = server === undefined ? '' : `, at ${server.host}:${server.port}`;
  return lookupFailure(code, name, `${reason}${place}`, undefined, retryable.has(error));
}

function lookupFailure(code: string, subject: string, reason: string, hint?: string, retry = false): Failure {
  const advice = hint === undefined ? {} : { hint };
  return new Failure({ code, operation: 'look up the name', subject, reason, retryable: retry, ...advice });
}

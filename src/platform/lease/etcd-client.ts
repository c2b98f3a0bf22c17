// Requests to etcd through its JSON gateway (etcd documentation, v3.4, gRPC gateway): POST with a JSON body, keys and values in
// base64, 64-bit numbers as strings. Several endpoints are one cluster: the one that answered last is asked first.
//
// Failure semantics: a call rejects with `WITNESS-UNREACHABLE` (retryable) when no endpoint answered in time, or the cluster has no
// leader, and with `WITNESS-REFUSED` when etcd answers that it does not serve this client. A name or password never stands in a failure.
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { asFailure, Failure } from '../../base/failure.ts';

export interface EtcdOptions {
  /** `http://HOST:PORT` or `https://HOST:PORT`. */
  readonly endpoints: readonly string[];
  readonly timeoutMs: number;
  /** Of the certificate authority, PEM; absent: those that the system trusts. */
  readonly caFile?: string;
  readonly user?: string;
  /** Its first line is the password; read at each login, so that it can be changed. */
  readonly passwordFile?: string;
}

/** gRPC status codes (grpc.io, Status codes). */
const [unauthenticated, permissionDenied, invalidArgument] = [16, 7, 3] as const;

interface Reply {
  readonly status: number;
  readonly body: string;
}

export class EtcdClient {
  readonly #options: EtcdOptions;
  #endpoints: readonly string[];
  #token: string | undefined;

  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#endpoints = options.endpoints;
  }

  /** The answer, parsed and unchecked. */
  async call(path: string, body: unknown): Promise<unknown> {
    if (this.#options.user !== undefined && this.#token === undefined) await this.#login();
    try {
      return await this.#callOnce(path, body);
    } catch (thrown) {
      // A token ends by itself after a while, and with a change of the accounts.
      if (this.#options.user === undefined || !isTokenRefused(thrown)) throw thrown;
      await this.#login();
      return this.#callOnce(path, body);
    }
  }

  async #login(): Promise<void> {
    const { user = '', passwordFile } = this.#options;
    const password = passwordFile === undefined ? '' : readFirstLine(passwordFile);
    this.#token = undefined;
    const answer = await this.#callOnce('/v3/auth/authenticate', { name: user, password });
    this.#token = (answer as { token?: string }).token;
  }

  async #callOnce(path: string, body: unknown): Promise<unknown> {
    let last: Failure | undefined;
    for (const endpoint of this.#endpoints) {
      try {
        const reply = await this.#post(endpoint, path, JSON.stringify(body));
        const answer = parsed(reply, endpoint);
        this.#endpoints = [endpoint, ...this.#endpoints.filter((one) => one !== endpoint)];
        return answer;
      } catch (thrown) {
        last = asFailure(thrown, 'ask the witness', endpoint);
        if (last.code === 'WITNESS-REFUSED') throw last;
      }
    }
    throw unreachable(last?.subject ?? 'etcd', last?.reason ?? 'no endpoint is known');
  }

  #post(endpoint: string, path: string, body: string): Promise<Reply> {
    const url = new URL(path, endpoint);
    const { caFile, timeoutMs } = this.#options;
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...(this.#token === undefined ? {} : { authorization: this.#token }),
    };
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers, agent: false, signal: AbortSignal.timeout(timeoutMs) };
      const isTls = url.protocol === 'https:';
      const authority = isTls && caFile !== undefined ? { ca: readFileSync(caFile) } : {};
      const outgoing = isTls ? httpsRequest(url, { ...options, ...authority }) : httpRequest(url, options);
      outgoing.once('error', (error) => reject(unreachable(endpoint, error.message)));
      outgoing.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.once('error', (error) => reject(unreachable(endpoint, error.message)));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      outgoing.end(body);
    });
  }
}

function parsed({ status, body }: Reply, endpoint: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    throw unreachable(endpoint, `it answers with HTTP status ${status} and no JSON`);
  }
  if (status === 200) return answer;
  const { code, message, error } = answer as { code?: number; message?: string; error?: string };
  const reason = message ?? error ?? `HTTP status ${status}`;
  if (code !== unauthenticated && code !== permissionDenied && code !== invalidArgument)
    throw unreachable(endpoint, reason);
  throw new Failure({
    code: 'WITNESS-REFUSED',
    operation: 'ask the witness',
    subject: endpoint,
    reason,
    hint: 'Look at witness.user, its password file and its role in etcd: it needs to read and write below the prefix.',
  });
}

function isTokenRefused(thrown: unknown): boolean {
  return thrown instanceof Failure && thrown.code === 'WITNESS-REFUSED' && /token/.test(thrown.reason);
}

function readFirstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n')[0] ?? '';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure({
      code: 'WITNESS-REFUSED',
      operation: 'read the password of the witness',
      subject: path,
      reason,
    });
  }
}

function unreachable(subject: string, reason: string): Failure {
  return new Failure({ code: 'WITNESS-UNREACHABLE', operation: 'ask the witness', subject, reason, retryable: true });
}

// The witness port over etcd: a name is a key below the prefix, its value the holder. A key that belongs to a lease of etcd is
// gone when that lease is; one without a lease is held for good. A key is made only when there is none (its `create_revision` is 0),
// or when its value is what was expected, in one transaction.
//
// etcd ends a lease at the earliest when its time to live has passed since the last keep-alive; a new leader only prolongs it.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { LeaseHolder, Leases } from '../../ports/lease.ts';
import { EtcdClient, type EtcdOptions } from './etcd-client.ts';

export interface EtcdLeasesOptions extends EtcdOptions {
  /** Before the name of each key; ends with a slash. */
  readonly prefix: string;
  readonly timeToLiveSeconds: number;
}

const keyValue = z.object({ value: z.string(), lease: z.string().default('0') });
const range = z.object({ kvs: z.array(keyValue).default([]) });
const transaction = z.object({
  succeeded: z.boolean().default(false),
  responses: z.array(z.object({ response_range: range.optional() })).default([]),
});
const grant = z.object({ ID: z.string() });
const keptAlive = z.object({ result: z.object({ TTL: z.string().default('0') }) });

interface Found extends LeaseHolder {
  readonly lease: string;
}

export class EtcdLeases implements Leases {
  readonly timeToLiveMs: number;
  readonly #client: EtcdClient;
  readonly #options: EtcdLeasesOptions;

  constructor(options: EtcdLeasesOptions) {
    this.#options = options;
    this.#client = new EtcdClient(options);
    this.timeToLiveMs = options.timeToLiveSeconds * 1000;
  }

  async hold(name: string, holder: string): Promise<LeaseHolder> {
    const found = await this.#find(name);
    if (found !== undefined && (found.holder !== holder || found.forGood)) return plain(found);
    if (found === undefined) return this.#acquire(name, holder);
    // The lease may be of an earlier life of this holder, or of a request whose answer was lost.
    const { result } = await this.#ask('/v3/lease/keepalive', { ID: found.lease }, keptAlive);
    if (Number(result.TTL) <= 0) return this.#acquire(name, holder);
    const still = await this.#find(name);
    if (still === undefined) return this.#acquire(name, holder);
    return plain(still);
  }

  async claim(name: string, holder: string, inPlaceOf?: string): Promise<LeaseHolder> {
    const key = this.#key(name);
    const put = [{ requestPut: { key, value: encoded(holder) } }];
    let found: Found | undefined;
    for (const compare of [
      isAbsent(key),
      hasValue(key, holder),
      ...(inPlaceOf === undefined ? [] : [hasValue(key, inPlaceOf)]),
    ]) {
      const answer = await this.#transact({ compare: [compare], success: put, failure: [{ requestRange: { key } }] });
      if (answer.succeeded) return { holder, forGood: true };
      found = foundIn(answer.responses[0]?.response_range);
    }
    // The name was let go between two of the questions.
    return found === undefined ? this.claim(name, holder, inPlaceOf) : plain(found);
  }

  async holderOf(name: string): Promise<LeaseHolder | undefined> {
    const found = await this.#find(name);
    return found && plain(found);
  }

  async release(name: string, holder: string): Promise<void> {
    const key = this.#key(name);
    await this.#transact({ compare: [hasValue(key, holder)], success: [{ requestDeleteRange: { key } }] });
  }

  async #acquire(name: string, holder: string): Promise<LeaseHolder> {
    const { timeToLiveSeconds } = this.#options;
    const { ID: lease } = await this.#ask('/v3/lease/grant', { TTL: String(timeToLiveSeconds) }, grant);
    const key = this.#key(name);
    const answer = await this.#transact({
      compare: [isAbsent(key)],
      success: [{ requestPut: { key, value: encoded(holder), lease } }],
      failure: [{ requestRange: { key } }],
    });
    if (answer.succeeded) return { holder, forGood: false };
    await this.#ask('/v3/lease/revoke', { ID: lease }, z.unknown()).catch(() => undefined);
    const found = foundIn(answer.responses[0]?.response_range);
    return found === undefined ? this.#acquire(name, holder) : plain(found);
  }

  async #find(name: string): Promise<Found | undefined> {
    return foundIn(await this.#ask('/v3/kv/range', { key: this.#key(name) }, range));
  }

  #transact(body: unknown): Promise<z.output<typeof transaction>> {
    return this.#ask('/v3/kv/txn', body, transaction);
  }

  async #ask<Shape extends z.ZodType>(path: string, body: unknown, shape: Shape): Promise<z.output<Shape>> {
    const checked = shape.safeParse(await this.#client.call(path, body));
    if (checked.success) return checked.data;
    throw new Failure({
      code: 'WITNESS-UNREACHABLE',
      operation: 'ask the witness',
      subject: path,
      reason: 'its answer is none of etcd 3.4 or newer',
      retryable: true,
    });
  }

  #key(name: string): string {
    return encoded(`${this.#options.prefix}${name}`);
  }
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function isAbsent(key: string): object {
  return { key, target: 'CREATE', create_revision: '0', result: 'EQUAL' };
}

function hasValue(key: string, text: string): object {
  return { key, target: 'VALUE', value: encoded(text), result: 'EQUAL' };
}

function foundIn(answer: z.output<typeof range> | undefined): Found | undefined {
  const [found] = answer?.kvs ?? [];
  if (found === undefined) return undefined;
  const holder = Buffer.from(found.value, 'base64').toString('utf8');
  return { holder, forGood: found.lease === '0', lease: found.lease };
}

function plain({ holder, forGood }: Found): LeaseHolder {
  return { holder, forGood };
}

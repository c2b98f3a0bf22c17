// The addresses that a target takes over with a job, and its source gives up (guide, ch. 3, Failover Identity):
// `identities.json`, beside the jobs. Both servers of a job keep the same list, each with the interface on which the address
// is, or would be, on its own machine. Without an entry both keep what they have.
//
// `isHere` says on which side the addresses belong now, and is durable before an address is touched: a server that
// starts again finishes what it had begun, and a machine that comes up with the addresses of a job that it has lost takes
// them away. An address that somebody else answers for is never taken on: two hosts with one address are worse than none.
import { z } from 'zod';
import { isInNetwork } from '../../../base/addresses/ip-address.ts';
import { asFailure, Failure } from '../../../base/failure.ts';
import { type Clock, sleep } from '../../../base/waiting/clock.ts';
import { Turns } from '../../../base/waiting/turns.ts';
import type { IdentityReport } from '../../../model/report.ts';
import type { Addresses, PlacedAddress } from '../../../ports/addresses.ts';
import type { Storage } from '../../../ports/storage.ts';
import type { EventLog } from '../../events/event-log.ts';
import { readVersioned, replaceVersioned } from '../../stores/versioned-file.ts';

const fileName = 'identities.json';
const fileVersion = 1;
/** A source that is there gives its addresses up within this many tries. */
const triesAtOnce = 10;
const nextTryMs = 100;
/** How soon it is tried again to take on what somebody else has. */
const retryMs = 10_000;
/** When an address that was taken on is announced once more: a switch or a host may have missed the first one. */
const announcedAgainMs = [1000, 4000, 15_000, 60_000];

const placeSchema = z.strictObject({
  address: z.string().min(1),
  prefixBits: z.int().nonnegative(),
  interfaceName: z.string().min(1),
});
const identitySchema = z.strictObject({
  jobId: z.string().min(1),
  places: z.array(placeSchema).readonly(),
  isHere: z.boolean(),
});
const fileSchema = z.strictObject({ version: z.literal(fileVersion), identities: z.array(identitySchema).readonly() });
type Identity = z.output<typeof identitySchema>;

export interface IdentitiesParts {
  readonly addresses: Addresses;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly eventLog: Pick<EventLog, 'emit'>;
}

export class Identities {
  readonly #parts: IdentitiesParts;
  readonly #turns = new Turns();
  readonly #stopped = new AbortController();
  #identities: readonly Identity[];

  private constructor(parts: IdentitiesParts, identities: readonly Identity[]) {
    this.#parts = parts;
    this.#identities = identities;
  }

  /** Rejects with FILE-NEWER or FILE-INVALID. */
  static async open(parts: IdentitiesParts): Promise<Identities> {
    const file = await readVersioned(parts.storage, fileName, fileSchema, fileVersion);
    return new Identities(parts, file?.identities ?? []);
  }

  report(jobId: string): IdentityReport {
    const found = this.#find(jobId);
    return { addresses: found?.places.map(({ address }) => address) ?? [], isHere: found?.isHere ?? false };
  }

  /**
   * Notes the addresses of a job; without any the job has none any more. On its source they must be there, on its target
   * there must be a network for each. Rejects with ADDRESS-MISSING, ADDRESS-HERE, NETWORK-MISSING, and with IDENTITY-TAKEN-OVER while the
   * addresses are at the target.
   */
  set(jobId: string, addresses: readonly string[], role: 'source' | 'target'): Promise<void> {
    return this.#turns.runAlone(async () => {
      const belongs = role === 'source';
      if (this.#find(jobId)?.isHere === !belongs) throw takenOver(jobId);
      const present = await this.#parts.addresses.list();
      const places = addresses.map((address) =>
        belongs ? placeOfOwn(address, present) : placeOfOther(address, present),
      );
      await this.#replace(jobId, places.length === 0 ? undefined : { jobId, places, isHere: belongs });
    });
  }

  /** Takes the addresses of a job on; gives what happened to each, in words. Never rejects: a takeover goes on without them. */
  takeOn(jobId: string): Promise<readonly string[]> {
    return this.#turns.runAlone(async () => {
      const identity = await this.#turnTo(jobId, true);
      if (identity === undefined) return [];
      return Promise.all(identity.places.map((place) => this.#takeOnOne(jobId, place)));
    });
  }

  /** Gives the addresses of a job up. Never rejects. */
  letGo(jobId: string): Promise<void> {
    return this.#turns.runAlone(async () => {
      const identity = await this.#turnTo(jobId, false);
      if (identity !== undefined) await this.#removeAll(identity);
    });
  }

  /** The job is forgotten; its addresses stay where they are. */
  forget(jobId: string): Promise<void> {
    return this.#turns.runAlone(() => this.#replace(jobId, undefined));
  }

  /**
   * After a start: what belongs here and is gone comes back, and what does not belong here goes. What is there is not announced: a source
   * that was cut off does not know yet that its addresses are elsewhere. Never rejects.
   */
  resume(): Promise<void> {
    return this.#turns.runAlone(async () => {
      const present = await this.#parts.addresses.list();
      for (const identity of this.#identities) {
        const gone = identity.places.filter(({ address }) => present.every((one) => one.address !== address));
        if (!identity.isHere) await this.#removeAll(identity);
        else await Promise.all(gone.map((place) => this.#takeOnOne(identity.jobId, place)));
      }
    });
  }

  /** Nothing is announced any more; the addresses stay. */
  stop(): void {
    this.#stopped.abort();
  }

  #find(jobId: string): Identity | undefined {
    return this.#identities.find((identity) => identity.jobId === jobId);
  }

  /** undefined when the job has no addresses, or where they belong cannot be stored: then none is touched. */
  async #turnTo(jobId: string, isHere: boolean): Promise<Identity | undefined> {
    const identity = this.#find(jobId);
    if (identity === undefined) return undefined;
    const turned = { ...identity, isHere };
    try {
      await this.#replace(jobId, turned);
      return turned;
    } catch (thrown) {
      for (const place of identity.places) this.#tellRefused(place, asFailure(thrown, 'store', fileName).message);
      return undefined;
    }
  }

  /** A source that is just giving the address up gets a moment for it. */
  async #takeOnOne(jobId: string, place: PlacedAddress): Promise<string> {
    const { clock } = this.#parts;
    try {
      let holder = await this.#tryTakingOn(place);
      for (let tries = 1; holder !== undefined && tries < triesAtOnce; tries += 1) {
        await sleep(clock, nextTryMs, this.#stopped.signal);
        holder = await this.#tryTakingOn(place);
      }
      if (holder === undefined) {
        for (const delayMs of announcedAgainMs) this.#later(delayMs, jobId, () => this.#announce(place));
        return `${place.address} is on ${place.interfaceName}`;
      }
      this.#later(retryMs, jobId, () => this.#turns.runAlone(() => this.#takeOnAgain(jobId, place)));
      return this.#tellRefused(place, `${holder} answers for it on the network, so it was not taken on yet`);
    } catch (thrown) {
      return this.#tellRefused(place, asFailure(thrown, 'take on an address', place.address).message);
    }
  }

  /** The addresses of the job may have been given up while this waited for its turn. */
  async #takeOnAgain(jobId: string, place: PlacedAddress): Promise<unknown> {
    return this.#find(jobId)?.isHere ? this.#takeOnOne(jobId, place) : undefined;
  }

  /** The hardware address of who has it; undefined once it is here. */
  async #tryTakingOn(place: PlacedAddress): Promise<string | undefined> {
    const { addresses, eventLog } = this.#parts;
    const { address, interfaceName } = place;
    const isThere = await this.#has(place);
    const holder = isThere ? undefined : await addresses.holder(place);
    if (holder !== undefined) return holder;
    await addresses.add(place);
    await addresses.announce(place);
    if (!isThere) eventLog.emit(5220, { address, interface: interfaceName });
    return undefined;
  }

  async #removeAll({ places }: Identity): Promise<void> {
    const { addresses, eventLog } = this.#parts;
    for (const place of places) {
      const { address, interfaceName } = place;
      try {
        if (!(await this.#has(place))) continue;
        await addresses.remove(place);
        eventLog.emit(5221, { address, interface: interfaceName });
      } catch (thrown) {
        this.#tellRefused(place, asFailure(thrown, 'give up an address', address).message);
      }
    }
  }

  #tellRefused({ address }: PlacedAddress, reason: string): string {
    this.#parts.eventLog.emit(5222, { address, reason });
    return `${address}: ${reason}`;
  }

  async #announce(place: PlacedAddress): Promise<void> {
    if (await this.#has(place)) await this.#parts.addresses.announce(place);
  }

  async #has({ address }: PlacedAddress): Promise<boolean> {
    return (await this.#parts.addresses.list()).some((one) => one.address === address);
  }

  /** Unless the addresses of the job belong elsewhere by then. */
  #later(delayMs: number, jobId: string, action: () => Promise<unknown>): void {
    const { signal } = this.#stopped;
    void sleep(this.#parts.clock, delayMs, signal).then(() => {
      if (!signal.aborted && this.#find(jobId)?.isHere) action().catch(() => undefined);
    });
  }

  async #replace(jobId: string, identity: Identity | undefined): Promise<void> {
    const others = this.#identities.filter((one) => one.jobId !== jobId);
    const identities = identity === undefined ? others : [...others, identity];
    if (identities.length === this.#identities.length && this.#find(jobId) === identity) return;
    await replaceVersioned(this.#parts.storage, fileName, { version: fileVersion, identities });
    this.#identities = identities;
  }
}

function placeOfOwn(address: string, present: readonly PlacedAddress[]): PlacedAddress {
  const found = present.find((one) => one.address === address);
  if (found !== undefined) return found;
  const all = present.map((one) => one.address).join(', ');
  throw refused(
    'ADDRESS-MISSING',
    address,
    `the source does not have it; it has ${all}`,
    'Name an address of the source.',
  );
}

function placeOfOther(address: string, present: readonly PlacedAddress[]): PlacedAddress {
  if (present.some((one) => one.address === address)) {
    const hint = 'Name an address that only the source has.';
    throw refused('ADDRESS-HERE', address, 'the target has it already', hint);
  }
  const networks = present.filter((one) => holds(one, address)).sort((one, other) => other.prefixBits - one.prefixBits);
  const [network] = networks;
  if (network !== undefined) return { ...network, address };
  throw refused(
    'NETWORK-MISSING',
    address,
    'the target is in no network that this address belongs to',
    'Use DNS UPDATE at a failover instead: the target keeps its own address then.',
  );
}

/** Whether the other address is in the network of this one. */
function holds({ address, prefixBits }: PlacedAddress, other: string): boolean {
  return prefixBits > 0 && !/^(127\.|::1$|fe80:)/i.test(address) && isInNetwork(address, prefixBits, other);
}

function takenOver(jobId: string): Failure {
  return refused(
    'IDENTITY-TAKEN-OVER',
    jobId,
    'the target has taken the addresses on',
    'Use UNDO FAILOVER or REVERSE first.',
  );
}

function refused(code: string, subject: string, reason: string, hint: string): Failure {
  return new Failure({ code, operation: 'choose the addresses of a failover', subject, reason, hint });
}

// Changes a name on every DNS server that holds it. First comes the name itself, in one step for each server, so that
// it can be resolved even when a later step fails. Then come the PTR records: the new one is added and the old one
// removed, in one step when one zone holds both.
//
// A change is made only when the records are still as they were read (RFC 2136, 2.4); records that somebody else
// changed meanwhile are read again and kept. All records are read, and every refusal comes, before the first change.
import { asFailure, Failure } from '../../base/failure.ts';
import type { DnsChange } from '../../model/report.ts';
import { type AddressRecord, type NameServer, type NameService, reverseName } from '../../ports/name-service.ts';
import { mapAddress } from './dns-mapping.ts';

/** A server that holds the name or address in question. */
export interface ZoneHolder {
  readonly server: NameServer;
  readonly zone: string;
}

export interface DnsUpdateParts {
  readonly names: NameService;
  /** The servers that hold a name. */
  readonly holders: (name: string) => Promise<readonly ZoneHolder[]>;
  /** The same, but only for configured zones: a PTR record is changed only where it is known to belong. */
  readonly reverseHolders: (name: string) => readonly ZoneHolder[];
}

type RecordChange = Parameters<NameService['replace']>[2][number];

/** How often a change is tried when others change the same records. */
const triesMax = 3;

export async function updateName(parts: DnsUpdateParts, change: DnsChange): Promise<void> {
  const gone = await moveAddress(parts, change);
  try {
    await movePointers(parts, change, gone);
  } catch (thrown) {
    const { code, reason, hint, retryable, subject } = asFailure(thrown, 'update DNS', change.name);
    throw new Failure({
      code,
      operation: 'update PTR records',
      subject,
      reason: `${change.name} points to ${change.address} now, but not all PTR records were changed: ${reason}`,
      retryable,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Returns the addresses that the name had before and does not have any more. */
async function moveAddress(parts: DnsUpdateParts, change: DnsChange): Promise<ReadonlySet<string>> {
  const { name, ttlSeconds } = change;
  const gone = new Set<string>();
  const holders = await parts.holders(name);
  if (holders.length === 0) throw noServer(name);
  const plan = async ({ server }: ZoneHolder): Promise<RecordChange> => {
    const expected = await parts.names.query(server, name, 'A');
    const mapping = mapAddress(
      expected.map(({ value }) => value),
      change,
    );
    if (mapping.gone !== undefined) gone.add(mapping.gone);
    // All records of a name must have one TTL (RFC 2181, 5.2).
    const records = mapping.addresses.map((value): AddressRecord => ({ type: 'A', name, value, ttlSeconds }));
    return { type: 'A', name, records, expected };
  };
  // Plans the change on all servers before it is made on any.
  for (const holder of holders) await plan(holder);
  for (const holder of holders) await changeOn(parts, holder, async () => [await plan(holder)]);
  return gone;
}

async function movePointers(parts: DnsUpdateParts, change: DnsChange, gone: ReadonlySet<string>): Promise<void> {
  const steps = new Map<string, { readonly holder: ZoneHolder; readonly addresses: string[] }>();
  for (const address of [change.address, ...gone]) {
    for (const holder of parts.reverseHolders(reverseName(address))) {
      const key = `${holder.server.host} ${holder.server.port} ${holder.zone.toLowerCase()}`;
      const step = steps.get(key) ?? { holder, addresses: [] };
      steps.set(key, step);
      step.addresses.push(address);
    }
  }
  for (const { holder, addresses } of steps.values()) {
    await changeOn(parts, holder, async () => {
      const changes: RecordChange[] = [];
      for (const address of addresses) {
        const planned = await pointerChange(parts.names, holder.server, change, address);
        if (planned !== undefined) changes.push(planned);
      }
      return changes;
    });
  }
}

/** Keeps the other names that the address points to; undefined when there is nothing of this name to remove. */
async function pointerChange(
  names: NameService,
  server: NameServer,
  { name: target, address: newAddress, ttlSeconds }: DnsChange,
  address: string,
): Promise<RecordChange | undefined> {
  const name = reverseName(address);
  const expected = await names.query(server, name, 'PTR');
  const others = expected.filter(({ value }) => value.toLowerCase() !== target.toLowerCase());
  if (address !== newAddress) {
    return others.length === expected.length ? undefined : { type: 'PTR', name, records: others, expected };
  }
  const records = [...others, { type: 'PTR' as const, name, value: target, ttlSeconds }];
  return { type: 'PTR', name, records: records.map((record) => ({ ...record, ttlSeconds })), expected };
}

async function changeOn(
  { names }: DnsUpdateParts,
  { server, zone }: ZoneHolder,
  plan: () => Promise<readonly RecordChange[]>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const changes = await plan();
    if (changes.length === 0) return;
    try {
      await names.replace(server, zone, changes);
      return;
    } catch (thrown) {
      const wasChanged = thrown instanceof Failure && thrown.code === 'DNS-CHANGED';
      if (!wasChanged || tries === triesMax) throw thrown;
    }
  }
}

export function noServer(name: string): Failure {
  return new Failure({
    code: 'DNS-NO-SERVER',
    operation: 'update DNS',
    subject: name,
    reason: 'no DNS server is known for this name',
    hint: 'Add one: DNS SERVER ADD "host:port" ZONE "zone" KEY "name" SECRETFILE "path"',
  });
}

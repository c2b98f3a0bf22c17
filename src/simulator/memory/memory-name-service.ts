// The name service port without a network: name servers with zones and a key, in memory, that refuse what a real one refuses.
import { assert, Failure } from '../../base/failure.ts';
import type { AddressRecord, NameServer, NameService } from '../../ports/name-service.ts';

export interface MemoryZoneServer {
  readonly host: string;
  readonly port: number;
  readonly zones: readonly string[];
  /** Who has it may update; without one everybody may. */
  readonly key?: NonNullable<NameServer['key']>;
  /** Whoever has any key may update: for those who do not know the key, and need not. */
  readonly acceptsAnyKey?: boolean;
}

/** Of addresses that nobody has updated. */
const ttlSeconds = 300;

export class MemoryNameService implements NameService {
  readonly #servers = new Map<string, MemoryZoneServer>();
  readonly #records = new Map<string, AddressRecord[]>();
  readonly #down = new Set<string>();

  addServer(server: MemoryZoneServer): void {
    this.#servers.set(addressOf(server), server);
  }

  /** From now on each server that has the zone of the name gives this address too. */
  addAddress(name: string, value: string): void {
    for (const server of this.#servers.values()) {
      if (zoneOf(server, name) === undefined) continue;
      const key = keyOf(server, 'A', name);
      const record = { type: 'A', name, value, ttlSeconds } as const;
      this.#records.set(key, [...(this.#records.get(key) ?? []), record]);
    }
  }

  /** A server that is down does not answer. */
  setDown(server: { readonly host: string; readonly port: number }, down: boolean): void {
    if (down) this.#down.add(addressOf(server));
    else this.#down.delete(addressOf(server));
  }

  /** Where the name points to on each server that has it: its addresses, as whoever asks that server is told. */
  addressesOf(name: string): readonly (readonly string[])[] {
    const ending = ` A ${name.toLowerCase()}`;
    const held = [...this.#records].filter(([key, records]) => key.endsWith(ending) && records.length > 0);
    return held.map(([, records]) => records.map((record) => record.value));
  }

  async query(server: NameServer, name: string, type: 'A' | 'PTR'): Promise<AddressRecord[]> {
    const operation = `look up the ${type} records of ${name}`;
    const asked = this.#reach(server, operation);
    if (zoneOf(asked, name) === undefined) throw refused(operation, server, 'REFUSED: the server does not allow it');
    return (this.#records.get(keyOf(server, type, name)) ?? []).map((record) => ({ ...record }));
  }

  async zoneOf(server: NameServer, name: string): Promise<string> {
    const operation = `find the zone of ${name}`;
    const zone = zoneOf(this.#reach(server, operation), name);
    if (zone === undefined) throw refused(operation, server, 'REFUSED: the server does not allow it');
    return zone;
  }

  async replace(server: NameServer, zone: string, changes: Parameters<NameService['replace']>[2]): Promise<void> {
    const operation = `update the zone ${zone}`;
    const asked = this.#reach(server, operation);
    if (!asked.zones.some((served) => sameName(served, zone))) {
      throw refused(operation, server, 'NOTAUTH: the server is not the authority for this zone');
    }
    if (asked.key !== undefined && server.key === undefined) {
      throw refused(operation, server, 'REFUSED: the server does not allow it');
    }
    if (changes.some(({ name }) => !isWithin(name, zone))) {
      throw refused(operation, server, 'NOTZONE: a name is not within this zone');
    }
    for (const { type, name, expected } of changes) {
      if (expected === undefined || sameValues(this.#records.get(keyOf(server, type, name)) ?? [], expected)) continue;
      const reason = 'the records are not what they were when they were read';
      throw new Failure({ code: 'DNS-CHANGED', operation, subject: addressOf(server), reason, retryable: true });
    }
    for (const { type, name, records } of changes) {
      assert(
        records.every((record) => record.type === type && sameName(record.name, name)),
        'the records of a change have its type and its name',
      );
      this.#records.set(
        keyOf(server, type, name),
        records.map((record) => ({ ...record })),
      );
    }
  }

  /** The server, if it answers and takes the key. */
  #reach(server: NameServer, operation: string): MemoryZoneServer {
    const address = addressOf(server);
    if (this.#down.has(address)) {
      throw new Failure({ code: 'DNS-TIMEOUT', operation, subject: address, reason: 'no answer', retryable: true });
    }
    const found = this.#servers.get(address);
    if (found === undefined) {
      throw new Failure({
        code: 'DNS-UNREACHABLE',
        operation,
        subject: address,
        reason: 'nothing listens there',
        retryable: true,
      });
    }
    const { key } = server;
    if (found.acceptsAnyKey) return found;
    if (key !== undefined && (found.key?.name !== key.name || found.key.algorithm !== key.algorithm)) {
      throw refused(operation, server, `NOTAUTH with BADKEY: the server does not know the key ${key.name}`);
    }
    if (key !== undefined && found.key?.secret !== key.secret) {
      throw refused(operation, server, `NOTAUTH with BADSIG: the server has another secret for the key ${key.name}`);
    }
    return found;
  }
}

function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host}:${port}`;
}

function keyOf(server: NameServer, type: 'A' | 'PTR', name: string): string {
  return `${addressOf(server)} ${type} ${name.toLowerCase()}`;
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function sameValues(present: readonly AddressRecord[], expected: readonly AddressRecord[]): boolean {
  const [one, other] = [present, expected].map((records) => records.map(({ value }) => value.toLowerCase()).sort());
  return JSON.stringify(one) === JSON.stringify(other);
}

function isWithin(name: string, zone: string): boolean {
  return sameName(name, zone) || name.toLowerCase().endsWith(`.${zone.toLowerCase()}`);
}

/** The longest zone that holds the name. */
function zoneOf(server: MemoryZoneServer, name: string): string | undefined {
  const holding = server.zones.filter((zone) => isWithin(name, zone));
  return holding.toSorted((one, other) => other.length - one.length)[0];
}

function refused(operation: string, server: NameServer, reason: string): Failure {
  return new Failure({ code: 'DNS-REFUSED', operation, subject: addressOf(server), reason });
}

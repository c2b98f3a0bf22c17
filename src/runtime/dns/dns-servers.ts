// The DNS servers that this server may update, and the updates themselves (guide, ch. 3, Failover Identity). They are
// kept in `dns-servers.json`, with the secrets of their keys sealed. An update changes every server that holds the zone
// of the name.
import { z } from 'zod';
import { asFailure, Failure } from '../../base/failure.ts';
import type { DnsServerSpecification } from '../../model/dns-server.ts';
import type { DnsChange, DnsServerReport } from '../../model/report.ts';
import { port } from '../../model/shapes/plain-shapes.ts';
import { keyAlgorithm } from '../../model/shapes/server-shapes.ts';
import type { NameServer, NameService } from '../../ports/name-service.ts';
import type { Storage } from '../../ports/storage.ts';
import type { SealedSecrets } from '../accounts/sealed-secrets.ts';
import type { Service } from '../contract/server.ts';
import type { EventLog } from '../events/event-log.ts';
import { readVersioned, replaceVersioned } from '../stores/versioned-file.ts';
import { checkChanges, type UncheckedChange } from './dns-check.ts';
import { updateName, type ZoneHolder } from './dns-update.ts';

const fileName = 'dns-servers.json';
const fileVersion = 1;

const fileSchema = z.strictObject({
  version: z.literal(fileVersion),
  servers: z.array(
    z.strictObject({
      name: z.string().min(1),
      host: z.string().min(1),
      port: port,
      zones: z.array(z.string()),
      key: z
        .strictObject({
          name: z.string(),
          algorithm: keyAlgorithm,
          sealedSecret: z.string(),
        })
        .nullable(),
    }),
  ),
});
type Kept = z.output<typeof fileSchema>['servers'][number];

export interface DnsServersParts {
  readonly storage: Storage;
  readonly secrets: SealedSecrets;
  readonly names: NameService;
  readonly eventLog: EventLog;
  /** Reads the secret of a credential of this server. */
  readonly secretOf: (credential: string) => Promise<string>;
}

export class DnsServers implements Service<'dns'> {
  readonly #parts: DnsServersParts;
  #servers: readonly Kept[];

  private constructor(parts: DnsServersParts, servers: readonly Kept[]) {
    this.#parts = parts;
    this.#servers = servers;
  }

  static async open(parts: DnsServersParts): Promise<DnsServers> {
    const file = await readVersioned(parts.storage, fileName, fileSchema, fileVersion);
    return new DnsServers(parts, file?.servers ?? []);
  }

  /** Replaces a DNS server of the same name. */
  async addServer(server: DnsServerSpecification): Promise<void> {
    const { secrets, secretOf } = this.#parts;
    const { name, host, port, zones, key } = server;
    const sealed = key && {
      name: key.name,
      algorithm: key.algorithm,
      sealedSecret: secrets.seal('secret' in key ? key.secret : await secretOf(key.credential)),
    };
    const others = this.#servers.filter((one) => one.name !== name);
    await this.#store([...others, { name, host, port, zones: [...zones], key: sealed }]);
  }

  async removeServer(name: string): Promise<void> {
    if (!this.#servers.some((one) => one.name === name)) {
      throw new Failure({
        code: 'DNS-SERVER-UNKNOWN',
        operation: 'remove a DNS server',
        subject: name,
        reason: 'this server knows none of that name',
        hint: 'DNS SERVER LIST shows them.',
      });
    }
    await this.#store(this.#servers.filter((one) => one.name !== name));
  }

  async servers(): Promise<readonly DnsServerReport[]> {
    return this.#servers.map(({ name, host, port, zones, key }) => ({
      name,
      host,
      port,
      zones,
      keyName: key?.name ?? null,
    }));
  }

  /**
   * Points the name at the address, in place of its only address or of the one that the change names. PTR records are
   * changed too, in the configured zones.
   */
  async update(change: DnsChange): Promise<void> {
    const { name, address, ttlSeconds } = change;
    try {
      await updateName(
        {
          names: this.#parts.names,
          holders: (held) => this.#holders(held),
          reverseHolders: (held) =>
            this.#serversOf(held).flatMap(({ server, zone }) =>
              zone === undefined ? [] : [{ server: this.#nameServer(server), zone }],
            ),
        },
        change,
      );
    } catch (thrown) {
      const failure = asFailure(thrown, 'update DNS', name);
      this.#parts.eventLog.emit(5081, { name, reason: failure.message });
      throw failure;
    }
    this.#parts.eventLog.emit(5080, { name, address, ttl: ttlSeconds });
  }

  /** Calls `checkChanges` (dns-check.ts) with the servers that hold the names. */
  check(changes: readonly DnsChange[]): Promise<readonly UncheckedChange[]> {
    const serversOf = (name: string) =>
      this.#serversOf(name).map(
        ({ server }) =>
          () =>
            this.#nameServer(server),
      );
    return checkChanges({ names: this.#parts.names, serversOf }, changes);
  }

  async #holders(name: string): Promise<readonly ZoneHolder[]> {
    const holders: ZoneHolder[] = [];
    for (const { server, zone } of this.#serversOf(name)) {
      const nameServer = this.#nameServer(server);
      holders.push({ server: nameServer, zone: zone ?? (await this.#parts.names.zoneOf(nameServer, name)) });
    }
    return holders;
  }

  /**
   * The servers whose zones hold the name, each with its longest such zone. A server without configured zones is
   * included without one.
   */
  #serversOf(name: string): { readonly server: Kept; readonly zone: string | undefined }[] {
    const found: { readonly server: Kept; readonly zone: string | undefined }[] = [];
    for (const server of this.#servers) {
      const holding = server.zones.filter((zone) => isInZone(name, zone));
      const longest = holding.toSorted((left, right) => right.length - left.length)[0];
      if (longest !== undefined) found.push({ server, zone: longest });
      else if (server.zones.length === 0) found.push({ server, zone: undefined });
    }
    return found;
  }

  #nameServer({ name, host, port, key }: Kept): NameServer {
    if (key === null) return { host, port };
    const secret = this.#parts.secrets.open(key.sealedSecret, `the key of DNS server ${name}`);
    return { host, port, key: { name: key.name, algorithm: key.algorithm, secret } };
  }

  async #store(servers: readonly Kept[]): Promise<void> {
    await replaceVersioned(this.#parts.storage, fileName, { version: fileVersion, servers });
    this.#servers = servers;
  }
}

function isInZone(name: string, zone: string): boolean {
  const [lowerName, lowerZone] = [name.toLowerCase(), zone.toLowerCase()];
  return lowerName === lowerZone || lowerName.endsWith(`.${lowerZone}`);
}

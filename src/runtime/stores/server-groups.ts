// Groups of servers: one name for several servers in a script or command. They are kept in `server-groups.json` of the
// home in which the commands are given. Names of groups and servers are kept as they were written and compared without
// letter case.
import { z } from 'zod';
import { Turns } from '../../base/waiting/turns.ts';
import type { Storage } from '../../ports/storage.ts';
import { readVersioned, replaceVersioned } from './versioned-file.ts';

const fileName = 'server-groups.json';
const fileVersion = 1;

const groupSchema = z.strictObject({ name: z.string().min(1), servers: z.array(z.string().min(1)).min(1) });
const fileSchema = z.strictObject({ version: z.literal(fileVersion), groups: z.array(groupSchema) });

export type ServerGroup = Readonly<z.output<typeof groupSchema>>;

export class ServerGroupStore {
  readonly #storage: Storage;
  readonly #turns = new Turns();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async list(): Promise<readonly ServerGroup[]> {
    return (await readVersioned(this.#storage, fileName, fileSchema, fileVersion))?.groups ?? [];
  }

  async find(name: string): Promise<ServerGroup | undefined> {
    return (await this.list()).find((group) => same(group.name, name));
  }

  /** A server that is already in the group is not added twice. */
  add(name: string, server: string): Promise<void> {
    return this.#change(name, (servers) => [...servers.filter((one) => !same(one, server)), server]);
  }

  /** Returns false when the server was not in the group. A group is removed with its last server. */
  async remove(name: string, server: string): Promise<boolean> {
    const group = await this.find(name);
    if (group === undefined || !group.servers.some((one) => same(one, server))) return false;
    await this.#change(name, (servers) => servers.filter((one) => !same(one, server)));
    return true;
  }

  #change(name: string, change: (servers: readonly string[]) => string[]): Promise<void> {
    return this.#turns.runAlone(async () => {
      const groups = await this.list();
      const before = groups.find((group) => same(group.name, name));
      const changed = { name: before?.name ?? name, servers: change(before?.servers ?? []) };
      const others = groups.filter((group) => group !== before);
      const kept = changed.servers.length === 0 ? others : [...others, changed];
      kept.sort((one, other) => (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1));
      await replaceVersioned(this.#storage, fileName, { version: fileVersion, groups: kept });
    });
  }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

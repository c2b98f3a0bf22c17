// Commands against fake servers: `run` carries out one command as the interpreter would, with the defaults of the
// catalogue filled in, and gives its result; what it printed is in `output`.
import { commands } from '../../src/language/catalogue/catalogue.ts';
import { lookups } from '../../src/language/catalogue/lookups.ts';
import type { Branch } from '../../src/language/values/host.ts';
import { list, type Value } from '../../src/language/values/value.ts';
import type { ProgressSink } from '../../src/runtime/commands/command-context.ts';
import type { Server } from '../../src/runtime/contract/server.ts';
import type { KnownServer } from '../../src/runtime/contract/server-directory.ts';
import { CommandHost } from '../../src/runtime/script/command-host.ts';
import { ReplicationSetStore } from '../../src/runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../../src/runtime/stores/server-groups.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { type FakeServer, fakeServer } from './fake-server.ts';

const span = { file: 'test', start: 0, end: 0, line: 1, column: 1 };

export class CommandRig {
  readonly clock = new ManualClock();
  readonly storage = new MemoryStorage();
  readonly servers = new Map<string, FakeServer>();
  readonly output: string[] = [];
  /** Told how far commands are; for a host that is made afterwards. */
  progress: ProgressSink | undefined;
  readonly files = new Map<string, string>();
  readonly paired: string[] = [];
  knownServers: KnownServer[] = [];
  readonly interrupt = new AbortController();
  local: Server | undefined;
  /** Asked before commands with a danger; for a host that is made afterwards. */
  confirm: ((command: string, effect: string) => Promise<boolean>) | undefined;
  host = this.newHost();

  /** Another run of a script, on the same servers and the same home. */
  newHost(): CommandHost {
    const local = (): Server | undefined => this.local;
    return new CommandHost({
      directory: {
        get: async (name) => this.server(name),
        get ownName() {
          return local()?.name;
        },
        get local() {
          return local();
        },
        known: async () => this.knownServers,
        pairing: {
          add: async (address, code) => {
            this.paired.push(`add ${address} ${code}`);
            return { name: 'gamma', fingerprint: 'CC:DD' };
          },
          remove: async (name) => void this.paired.push(`remove ${name}`),
        },
      },
      replicationSets: new ReplicationSetStore(this.storage),
      serverGroups: new ServerGroupStore(this.storage),
      clock: this.clock,
      readText: async (path) => this.files.get(path) ?? '',
      writeText: async (path, text) => void this.files.set(path, text),
      write: (line) => void this.output.push(line),
      timeZone: 'Europe/Berlin',
      schedulesEndWithRun: false,
      ...(this.confirm === undefined ? {} : { confirm: this.confirm }),
      ...(this.progress === undefined ? {} : { progress: this.progress }),
    });
  }

  server(name: string): FakeServer {
    const server = this.servers.get(name.toLowerCase()) ?? fakeServer(name);
    this.servers.set(name.toLowerCase(), server);
    return server;
  }

  run(command: string, given: Readonly<Record<string, Value>> = {}, branch?: Branch): Promise<Value> {
    const definition = [...commands, ...lookups].find((one) => one.id === command);
    if (definition === undefined) throw new Error(`no command ${command}`);
    const defaults = definition.arguments.flatMap((one) =>
      one.default === undefined ? [] : [[one.name, one.default]],
    );
    const values: Record<string, Value> = { ...Object.fromEntries(defaults), ...given };
    const request = { command, arguments: values, span, ...(branch === undefined ? {} : { branch }) };
    return this.host.execute(request, this.interrupt.signal);
  }

  property(handle: Value, path: string): Promise<Value> {
    if (typeof handle !== 'object' || handle.kind !== 'handle') throw new Error('not a handle');
    return this.host.property(handle, path.split('.'), span);
  }

  /** The set `sales` of /srv/sales on alpha, connected to beta. */
  async connected(): Promise<Value> {
    await this.run('source', { server: 'alpha' });
    await this.run('target', { server: 'beta' });
    await this.run('repset.create', { name: 'sales' });
    await this.run('repset.rule.add', { path: '/srv/sales', repset: 'sales' });
    await this.run('repset.save');
    const connection = await this.run('connect', { repset: 'sales', target: 'beta', map: list(['exact']) });
    this.output.length = 0;
    return connection;
  }
}

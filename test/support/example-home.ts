// What the examples of the catalogue speak of, on two servers in memory: the folders /srv/sales and /srv/archive on alpha,
// the saved sets `sales` and `archive`, connection 1 from alpha to beta with a bandwidth schedule, a snapshot, a task, a
// monitor, one that asks for an answer, a schedule, an account, a credential, a DNS server and a group. One home for each
// example, so that none sees another's work.
import { afterAll } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { type Outcome, runScript } from '../../src/language/program.ts';
import { newAccount } from '../../src/runtime/accounts/accounts.ts';
import { serverAt } from '../../src/runtime/contract/server-address.ts';
import type { KnownServer, ServerDirectory } from '../../src/runtime/contract/server-directory.ts';
import { nothingAllowed } from '../../src/runtime/machine/allowance.ts';
import type { OwnMachine } from '../../src/runtime/machine/own-machine.ts';
import { runsBetween } from '../../src/runtime/schedules/next-run.ts';
import { CommandHost } from '../../src/runtime/script/command-host.ts';
import { runDetachedBlock } from '../../src/runtime/script/detached-block.ts';
import {
  type AccountConfiguration,
  defaultConfiguration,
  writeConfiguration,
} from '../../src/runtime/stores/configuration.ts';
import { ReplicationSetStore } from '../../src/runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../../src/runtime/stores/server-groups.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { clockCalendar } from '../../src/simulator/time/clock-calendar.ts';
import { check } from '../language/scripted-host.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { recordingChanges } from './recorded-changes.ts';

export const prepared = `
source alpha
target beta
repset create archive
repset rule add /srv/archive
repset save
repset create sales
repset rule add /srv/sales
repset rule add /srv/sales/cache exclude
repset save
$con = connect sales to beta map "/srv/sales" to "/replica/sales"
wait for mirror $con
limit schedule add office fixed 2 MB/s weekends from 8:00 until 11:00 on 1
snapshot take "before upgrade"
queuetask nightly to beta onexecute = snapshot "nightly" timeout = 1 minute
wait until $con.sequence.applied = $con.sequence.head
monitor create watch on 1 interval 1 second failures 5 stopped
monitor create asking on 1 interval 1 second failures 1 probe network "10.0.0.99:22" waituser
wait until monitor("asking").state = "Failover Condition Met"
schedule nightly cron "0 2 * * *" timezone "UTC" do ping beta end
credential set dnskey secret "bm90IGEgcmVhbCBrZXk=" on beta
dns server add 10.0.0.53 zone example zone 0.0.10.in-addr.arpa
server group add offices alpha
`;

const addressed = [
  { name: 'alpha', addresses: ['10.0.0.1:6320'] },
  { name: 'beta', addresses: ['10.0.0.2:6320'] },
];

/** scrypt takes its time, so the account is made once. */
let operator: Promise<AccountConfiguration> | undefined;

/** What the examples reach of the machine of their script. */
const exampleMachine: OwnMachine = {
  allowance: { ...nothingAllowed, read: 'any', environment: 'any', programs: 'any' },
  readText: async () => 'ninety\n',
  variable: async () => 'south',
  lookUp: async () => ['10.0.0.2'],
  start: async () => {
    const ended = Promise.resolve({ exitCode: 0, signal: null, output: '90\n', error: '', cutBytes: 0 });
    return { processId: 1, ended, kill: () => undefined };
  },
};

const opened: ExampleHome[] = [];

afterAll(async () => {
  for (const home of opened.splice(0)) await home.stop();
});

export class ExampleHome {
  readonly cluster: MemoryCluster;
  readonly output: string[] = [];
  readonly files = new Map<string, string>([
    ['/etc/understudy/dns.key', 'key "understudy" { algorithm hmac-sha256; secret "bm90IGEgcmVhbCBrZXk="; };'],
    ['/etc/understudy/dns.secret', 'bm90IGEgcmVhbCBrZXk=\n'],
  ]);
  readonly stopped: string[] = [];
  /** Every call that changed a server, those that prepared the home included. */
  readonly changes: string[] = [];
  /** Servers that nobody can call. */
  readonly unreachable = new Set<string>();
  readonly #storage = new MemoryStorage();
  #host: CommandHost;

  private constructor(cluster: MemoryCluster, stopped: string[]) {
    this.cluster = cluster;
    this.stopped = stopped;
    this.#host = new CommandHost(this.#parts(undefined));
  }

  /** `fresh` is a session that has said nothing yet. */
  static async open({ fresh = false } = {}): Promise<ExampleHome> {
    operator ??= newAccount('operator', 'let me in', 'full', new SeededRandom(1));
    const account = await operator;
    const stopped: string[] = [];
    let home: ExampleHome | undefined;
    const cluster = await MemoryCluster.start({
      parts: (name, { clock }) => ({
        accounts: [account],
        calendar: clockCalendar(clock),
        runsBetween,
        requestStop: () => void stopped.push(name),
        runBlock: async (specification, signal) => {
          if (home !== undefined) await runDetachedBlock(specification, home.#parts(name), signal);
        },
      }),
    });
    home = new ExampleHome(cluster, stopped);
    opened.push(home);
    for (const name of ['alpha', 'beta'] as const) {
      const configuration = { ...defaultConfiguration(name), accounts: [account] };
      await writeConfiguration(cluster.machines[name].storage, configuration);
    }
    for (const folder of ['/srv', '/srv/sales', '/srv/sales/cache', '/srv/archive'])
      cluster.workload.makeDirectory(folder);
    cluster.workload.create('/srv/sales/orders', Buffer.from('three lamps'));
    cluster.names.addServer({ host: '10.0.0.53', port: 53, zones: ['example', '0.0.10.in-addr.arpa'] });
    cluster.network.addAddress('beta', '10.0.0.2');
    const outcome = await home.run(prepared);
    if (outcome.kind !== 'completed') throw new Error(`not prepared: ${JSON.stringify(outcome.diagnostics)}`);
    home.output.length = 0;
    if (fresh) home.#host = new CommandHost(home.#parts(undefined));
    return home;
  }

  /** Runs a text in the session that has been prepared; time goes on meanwhile. */
  run(text: string): Promise<Outcome> {
    const { script, diagnostics } = check(text);
    if (script === undefined) throw new Error(diagnostics.map((one) => `${one.code} ${one.message}`).join('; '));
    return this.cluster.turning(runScript(script, { host: this.#host, clock: this.cluster.clock }), 600);
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
  }

  /** For a script of the operator, or for one of a server's schedules, to which that server is the local one. */
  #parts(local: 'alpha' | 'beta' | undefined): ConstructorParameters<typeof CommandHost>[0] {
    const { cluster } = this;
    const known: readonly KnownServer[] = [{ name: 'alpha', address: '10.0.0.1:6320', access: 'full' }];
    const directory: ServerDirectory = {
      get: async (name) => {
        const wanted = serverAt(name, addressed)?.name ?? name.toLowerCase();
        if (this.unreachable.has(wanted)) {
          const reason = 'nothing listens there';
          throw new Failure({ code: 'LINK-REFUSED', operation: 'call the server', subject: name, reason });
        }
        if (wanted === 'alpha' || wanted === 'beta') return recordingChanges(cluster[wanted], this.changes);
        const reason = 'this home knows alpha and beta';
        throw new Failure({ code: 'SERVER-UNKNOWN', operation: 'find the server', subject: name, reason });
      },
      ownName: local,
      local: local && recordingChanges(cluster[local], this.changes),
      known: async () => known,
      pairing: { add: async () => ({ name: 'gamma', fingerprint: 'CC:DD' }), remove: async () => undefined },
    };
    return {
      directory,
      replicationSets: new ReplicationSetStore(this.#storage),
      serverGroups: new ServerGroupStore(this.#storage),
      clock: cluster.clock,
      readText: async (path) => this.files.get(path) ?? '',
      writeText: async (path, text) => void this.files.set(path, text),
      write: (line) => void this.output.push(line),
      machine: exampleMachine,
      timeZone: 'UTC',
      schedulesEndWithRun: false,
    };
  }
}

// The two servers of a memory cluster, with scripts that run on them and blocks that their tasks may run.
import { Failure } from '../../src/base/failure.ts';
import { type Outcome, runScript } from '../../src/language/program.ts';
import type { RunParts } from '../../src/runtime/commands/command-context.ts';
import type { ServerDirectory } from '../../src/runtime/contract/server-directory.ts';
import { CommandHost } from '../../src/runtime/script/command-host.ts';
import { runDetachedBlock } from '../../src/runtime/script/detached-block.ts';
import { ReplicationSetStore } from '../../src/runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../../src/runtime/stores/server-groups.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { check } from '../language/scripted-host.ts';
import { MemoryCluster, type MemoryClusterOptions } from './memory-cluster.ts';
import { recordingChanges } from './recorded-changes.ts';

export interface ScriptCluster {
  readonly cluster: MemoryCluster;
  /** What the scripts printed, and what the blocks printed on their servers. */
  readonly output: string[];
  /** Every call that changed a server. */
  readonly changes: string[];
  readonly logs: { readonly alpha: string[]; readonly beta: string[] };
  /** Time goes on while it runs. */
  run(text: string): Promise<Outcome>;
}

export async function scriptCluster(options: MemoryClusterOptions = {}): Promise<ScriptCluster> {
  const output: string[] = [];
  const changes: string[] = [];
  const logs = { alpha: [] as string[], beta: [] as string[] };
  const partsFor = (cluster: MemoryCluster, local: 'alpha' | 'beta' | undefined): RunParts => ({
    directory: directory(cluster, local, changes),
    replicationSets: new ReplicationSetStore(new MemoryStorage()),
    serverGroups: new ServerGroupStore(new MemoryStorage()),
    clock: cluster.clock,
    readText: async () => '',
    writeText: async () => undefined,
    write: (line) => void (local === undefined ? output : logs[local]).push(line),
    timeZone: 'UTC',
    schedulesEndWithRun: false,
  });
  const cluster = await MemoryCluster.start({
    taskPolicy: { enabled: true, allow: 'any', blocks: true },
    parts: (name, made) => ({
      runBlock: (block, signal) => runDetachedBlock(block, partsFor(made, name), signal),
    }),
    ...options,
  });
  return {
    cluster,
    output,
    changes,
    logs,
    run: (text) => {
      const { script, diagnostics } = check(text);
      if (script === undefined) throw new Error(diagnostics.map((one) => `${one.code} ${one.message}`).join('; '));
      const host = new CommandHost(partsFor(cluster, undefined));
      return cluster.turning(runScript(script, { host, clock: cluster.clock }), 600);
    },
  };
}

function directory(cluster: MemoryCluster, local: 'alpha' | 'beta' | undefined, changes: string[]): ServerDirectory {
  return {
    get: async (name) => {
      const wanted = name.toLowerCase();
      if (wanted === 'alpha' || wanted === 'beta') return recordingChanges(cluster[wanted], changes);
      const reason = 'there are alpha and beta';
      throw new Failure({ code: 'SERVER-UNKNOWN', operation: 'find the server', subject: name, reason });
    },
    ownName: local,
    local: local && recordingChanges(cluster[local], changes),
    known: async () => [],
  };
}

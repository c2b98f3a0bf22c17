// What a scenario can say: one line, one action. The words are an operator's; `usage` is what a mistake is answered with.
import { Failure } from '../../base/failure.ts';
import { baseName, parentOf, type RawPath } from '../../base/raw-path.ts';
import type { MirrorMethod } from '../../model/stream/marker.ts';
import type { ScriptPoint } from '../../model/stream/mirror-script.ts';
import { contentBytesMax } from '../../model/stream/operation.ts';
import type { StagedJob } from '../invariants/observed-stage.ts';
import { expectTruth } from '../invariants/truth.ts';
import { Broken } from '../world/broken.ts';
import { workloadRoot } from '../world/world.ts';
import { beginBusy } from './events/busy-program.ts';
import { act } from './events/changes.ts';
import { allFaultKinds, type FaultKind, type FaultTable, strike } from './events/faults.ts';
import { editJob, editWords } from './events/operators/edits.ts';
import { heldMirrorChanges, holdMirrors } from './events/operators/held-mirrors.ts';
import { changeLine, lineChanges } from './events/operators/lines.ts';
import { revert, takeSnapshot } from './events/operators/reverts.ts';
import { beginFailover, endFailover } from './events/operators/takeovers.ts';
import { undo, workLive } from './events/operators/undo.ts';
import { endMonitor, makeMonitor } from './events/operators/watched-source.ts';
import { changeWitness, guard, witnessChanges } from './events/operators/witness.ts';
import { type JobState, jobState, jobStates } from './job-state.ts';
import { comeBack, connect, disconnect, giveTo, type Places, reversedJob, stagedJob } from './jobs.ts';
import { settle } from './settle.ts';
import type { Stage } from './stage.ts';

export interface Playing {
  readonly stage: Stage;
  readonly faults: FaultTable;
}

interface Action {
  readonly usage: string;
  readonly do: (playing: Playing, words: readonly string[]) => Promise<void> | void;
}

/** What is protected already has its replica: another job of the same source has a workload of its own. */
function placesOf(stage: Stage, name: string, source: string, target: string): Places {
  const known = stage.jobs.get(name);
  if (known !== undefined) return known;
  const replicaRoot = `/copy-of-${source}`;
  const isTaken = [...stage.jobs.values()].some(
    (job) =>
      (job.source === source && job.sourceRoot === workloadRoot) ||
      (job.target === source && job.replicaRoot === workloadRoot),
  );
  const orphans = 'delete';
  if (!isTaken) return { name, source, target, sourceRoot: workloadRoot, replicaRoot, orphans };
  const sourceRoot = `/work-of-${name}`;
  const { workload, files } = stage.world.machine(source);
  workload.makeDirectory(sourceRoot);
  // It was there before the story begins, so no power failure takes it away.
  files.becomeDurable();
  return { name, source, target, sourceRoot, replicaRoot, orphans };
}

export const actions: Readonly<Record<string, Action>> = {
  do: {
    usage:
      'do SERVER create|write|write-unseen|truncate|unlink|rename|mkdir|rmdir|link|symlink|chmod|punch|mark PATH …',
    do: ({ stage }, [server = '', ...words]) => act(stage, server, workloadRoot, words),
  },
  /** In the workload of a job, wherever that is after failovers. */
  use: {
    usage: 'use JOB create|write|… PATH …',
    do: ({ stage }, [name = '', ...words]) => {
      const job = stage.job(name);
      act(stage, job.source, job.sourceRoot, words);
    },
  },
  busy: {
    usage: 'busy JOB MILLISECONDS: a program makes, renames and removes names in its workload for so long',
    do: ({ stage }, [name = '', ms]) => beginBusy(stage, stage.job(name), Number(ms)),
  },
  wait: {
    usage: 'wait MILLISECONDS',
    do: ({ stage }, [ms]) => stage.turn(Number(ms)),
  },
  until: {
    usage: `until JOB ${jobStates.map((state) => state.replaceAll(' ', '-')).join('|')}`,
    do: async ({ stage }, [name = '', state = '']) => {
      const wanted = state.replaceAll('-', ' ') as JobState;
      await stage.until(async () => (await jobState(stage, stage.job(name))) === wanted, 15_000, 5);
    },
  },
  latency: {
    usage: 'latency MILLISECONDS, of everything that is sent from now on',
    do: ({ stage }, [ms]) => stage.world.network.setLatency(Number(ms) === 0 ? undefined : Number(ms)),
  },
  connect: {
    usage: 'connect JOB SOURCE TARGET [keep]',
    do: async ({ stage }, [name = '', source = '', target = '', orphans]) => {
      const places = placesOf(stage, name, source, target);
      const job = await stagedJob(stage, { ...places, orphans: orphans === 'keep' ? 'keep' : places.orphans });
      await connect(stage, job);
    },
  },
  'begin-connect': {
    usage: 'begin-connect JOB SOURCE TARGET',
    do: async ({ stage }, [name = '', source = '', target = '']) => {
      const job = await stagedJob(stage, placesOf(stage, name, source, target));
      void connect(stage, job).catch((thrown: Error) => {
        stage.defect ??= thrown;
      });
    },
  },
  disconnect: {
    usage: 'disconnect JOB',
    do: async ({ stage }, [name = '']) => {
      const job = stage.job(name);
      if (!job.failedOver) await disconnect(stage, job);
    },
  },
  'give-to': {
    usage:
      'give-to JOB SERVER: its target gives it up, and a job of that source asks for its folder at the same moment',
    do: ({ stage }, [name = '', source = '']) => giveTo(stage, stage.job(name), source),
  },
  reverse: {
    usage: 'reverse JOB',
    do: async ({ stage }, [name = '']) => {
      const job = stage.job(name);
      // A takeover takes as long as its source takes to hand over; nothing is turned round before it is done.
      if (job.takingOver || (await stage.report(job, 'target'))?.failedOver !== true) return;
      await connect(stage, await reversedJob(stage, job));
    },
  },
  return: {
    usage:
      'return JOB [both]: after a takeover the old source, or each of both, gives the job up, and the old source connects anew',
    do: async ({ stage }, [name = '', both]) => {
      const job = stage.job(name);
      if (!job.takingOver && job.failedOver) await comeBack(stage, job, both !== undefined);
    },
  },
  line: {
    usage: `line JOB ${lineChanges}`,
    do: ({ stage }, [name = '', ...words]) => changeLine(stage, stage.job(name), words),
  },
  edit: {
    usage: `edit JOB ${editWords}`,
    do: ({ stage }, [name = '', ...words]) => editJob(stage, stage.job(name), words),
  },
  mirror: {
    usage: 'mirror JOB none|attributes-whole|attributes-delta|data-delta',
    do: async ({ stage }, [name = '', method]) => {
      const job = stage.job(name);
      const server = stage.world.server(job.source);
      if (server === undefined || job.jobId === undefined) return;
      // It ends a pause.
      job.mirrorsHeld = job.mirrorsHeld?.what === 'pause' ? undefined : job.mirrorsHeld;
      await stage.command('mirror', server.mirrors.start(job.jobId, method as MirrorMethod));
    },
  },
  mirrors: {
    usage: `mirrors JOB ${heldMirrorChanges}: pauses or resumes its mirror, stops or starts its replication`,
    do: ({ stage }, [name = '', what = '']) => holdMirrors(stage, stage.job(name), what),
  },
  verify: {
    usage: 'verify JOB [and-wait]',
    do: ({ stage }, [name = '', wait]) => verify(stage, stage.job(name), wait !== undefined),
  },
  damage: {
    usage: 'damage JOB CHOICE',
    do: ({ stage }, [name = '', choice]) => damage(stage, stage.job(name), Number(choice)),
  },
  task: {
    usage: 'task JOB NAME ends|fails|hangs',
    do: ({ stage }, [name = '', label = '', how = 'ends']) => queueTask(stage, stage.job(name), label, how),
  },
  'cancel-task': {
    usage: 'cancel-task JOB NAME',
    do: async ({ stage }, [name = '', label = '']) => {
      const { source, jobId = '' } = stage.job(name);
      const tasks = stage.world.server(source)?.tasks;
      if (tasks !== undefined) await stage.tasks.cancel(label, (taskId) => tasks.cancel(jobId, taskId));
    },
  },
  script: {
    usage: 'script JOB source|target mirrorstart|mirrorstop|mirrorcomplete ends|fails|hangs',
    do: ({ stage }, [name = '', side, point, how = 'ends']) => {
      const job = stage.job(name);
      return stage.tasks.scripts.add(job, side === 'source' ? job.source : job.target, point as ScriptPoint, how);
    },
  },
  snapshot: {
    usage: 'snapshot JOB NAME',
    do: ({ stage }, [name = '', label = '']) => takeSnapshot(stage, stage.job(name), label),
  },
  revert: {
    usage: 'revert JOB NAME: back to its newest good snapshot of this name, and a mirror',
    do: ({ stage }, [name = '', label = '']) => revert(stage, stage.job(name), label),
  },
  failover: {
    usage: 'failover JOB apply|discard',
    do: ({ stage }, [name = '', queue]) => failover(stage, stage.job(name), queue === 'discard' ? 'discard' : 'apply'),
  },
  'work-live': {
    usage: 'work-live JOB CHOICE: after a takeover, programs write to the files of its live copy',
    do: ({ stage }, [name = '', choice]) => workLive(stage, stage.job(name), Number(choice)),
  },
  undo: {
    usage: 'undo JOB: its failover is undone',
    do: ({ stage }, [name = '']) => undo(stage, stage.job(name)),
  },
  monitor: {
    usage: 'monitor JOB MILLISECONDS: its target takes over when it has not heard of its source for so long',
    do: ({ stage }, [name = '', ms]) => makeMonitor(stage, stage.job(name), Number(ms)),
  },
  'end-monitor': {
    usage: 'end-monitor JOB: its source was there all the time, so nobody may have taken over',
    do: ({ stage }, [name = '']) => endMonitor(stage, stage.job(name)),
  },
  guard: {
    usage: 'guard JOB MILLISECONDS: as monitor, and its source may be gone; needs with-witness',
    do: ({ stage }, [name = '', ms]) => guard(stage, stage.job(name), Number(ms)),
  },
  witness: {
    usage: `witness ${witnessChanges}`,
    do: ({ stage }, words) => changeWitness(stage, words),
  },
  partition: {
    usage: 'partition JOB: its two servers do not see each other, until reconnect',
    do: ({ stage }, [name = '']) => stage.world.network.hold(stage.job(name).source, stage.job(name).target),
  },
  strike: {
    usage: `strike JOB FAULT [for MILLISECONDS] [at-call N]; a FAULT is one of ${allFaultKinds.join(', ')}`,
    do: async ({ stage, faults }, [name = '', ...words]) => {
      const { kind, durationMs, atCall } = parseStrike(words);
      await strike(faults, kind, { stage, job: stage.job(name), durationMs }, atCall);
    },
  },
  stop: {
    usage: 'stop SERVER, in an orderly way',
    do: async ({ stage }, [server = '']) => {
      const running = stage.world.server(server);
      if (running === undefined) return;
      await stage.command('stop', running.stop());
      stage.world.kill(server);
    },
  },
  'fill-queue': {
    usage: 'fill-queue JOB, with more than its disk may hold; needs a link that is down',
    do: async ({ stage }, [name = '']) => {
      const { source, sourceRoot } = stage.job(name);
      const { world } = stage;
      const { queueLimits } = world;
      const most = typeof queueLimits.disk === 'number' ? queueLimits.disk : 0;
      const writes = Math.ceil((2 * (most + queueLimits.memoryBytesMax)) / contentBytesMax);
      for (let write = 0; write < writes; write += 1) {
        const words = ['create', `filling-${write}`, String(contentBytesMax), String(write)];
        act(stage, source, sourceRoot, words);
        await stage.turn(10);
      }
    },
  },
  'corrupt-log': {
    usage: 'corrupt-log SERVER: a byte of what the queues of its jobs have on disk is another one',
    do: ({ stage }, [server = '']) => {
      const { storage } = stage.world.machine(server);
      for (const [name, bytes] of storage.sizesOf(/^jobs\/.*-queue\/.*\.log$/)) storage.rot(name, bytes >> 1);
      for (const job of stage.jobs.values()) {
        if (job.target !== server) continue;
        job.queueDamaged = true;
        stage.replicas.forgive(job);
      }
    },
  },
  reconnect: {
    usage: 'reconnect JOB: its network heals, and its servers find each other',
    do: async ({ stage }, [name = '']) => {
      const job = stage.job(name);
      stage.world.network.heal(job.source, job.target);
      const isConnected = async (): Promise<boolean> =>
        typeof (await stage.report(job, 'source'))?.connectedSinceMs === 'number';
      if (!(await stage.until(isConnected, 60_000))) throw new Broken('convergence', `${name} does not connect again`);
    },
  },
  start: {
    usage: 'start SERVER',
    do: ({ stage }, [server = '']) => stage.world.start(server),
  },
  settle: {
    usage: 'settle',
    do: ({ stage }) => settle(stage),
  },
  expect: {
    usage: 'expect JOB STATE … [within MILLISECONDS], as its reports print it: a target state, or a job state',
    do: async ({ stage }, [name = '', ...words]) => {
      const job = stage.job(name);
      const [wanted = '', withinMs = '60000'] = words.join(' ').split(' within ');
      const holds = async (): Promise<boolean> => {
        const source = await stage.report(job, 'source');
        const target = await stage.report(job, 'target');
        return [await jobState(stage, job), source?.targetState, target?.targetState].some(
          (state) => state?.toLowerCase() === wanted.toLowerCase(),
        );
      };
      if (!(await stage.until(holds, Number(withinMs))))
        throw new Broken('convergence', `${name} did not become '${wanted}'`);
    },
  },
  holds: {
    usage: 'holds JOB PATH: its replica has something of that name, and has not been emptied',
    do: ({ stage }, [name = '', path = '']) => {
      const { target, replicaRoot } = stage.job(name);
      const { disk } = stage.world.machine(target).files;
      const folder = disk.resolve(parentOf(`${replicaRoot}/${path}` as RawPath), true);
      if (!folder.entries.has(baseName(path as RawPath)))
        throw new Broken('prefix', `${name}: there is no ${path} in the replica`);
    },
  },
};

function parseStrike(words: readonly string[]): { kind: FaultKind; durationMs: number; atCall: number | undefined } {
  const text = words.join(' ');
  const kind = allFaultKinds.find((one) => text.startsWith(one));
  if (kind === undefined) throw new Error(`a strike needs a fault: ${actions.strike?.usage}`);
  const durationMs = Number(/ for (\d+)/.exec(text)?.[1] ?? 2000);
  const call = / at-call (\d+)/.exec(text)?.[1];
  return { kind, durationMs, atCall: call === undefined ? undefined : Number(call) };
}

async function verify(stage: Stage, job: StagedJob, wait: boolean): Promise<void> {
  const server = stage.world.server(job.source);
  if (server === undefined || job.jobId === undefined || job.verifying) return;
  job.verifying = true;
  const done = expectTruth(stage, job, server.jobs.verify(job.jobId, 'report'), wait).finally(() => {
    job.verifying = false;
  });
  if (wait) await done;
  else
    done.catch((thrown: Error) => {
      stage.defect ??= thrown;
    });
}

/** Somebody changes the replica; only a verification can find out. */
function damage(stage: Stage, job: StagedJob, choice: number): void {
  if (job.failedOver) return;
  const { disk } = stage.world.machine(job.target).files;
  const files: string[] = [];
  const look = (path: string, folder = disk.resolve(path, true)): void => {
    for (const [name, entry] of folder.entries) {
      if (entry.kind === 'directory') look(`${path}/${name}`, entry);
      else if (entry.kind === 'file' && entry.content.size > 0) files.push(`${path}/${name}`);
    }
  };
  look(job.replicaRoot);
  const path = files.toSorted()[choice % Math.max(1, files.length)];
  if (path === undefined) return;
  const object = disk.find(disk.root, path.slice(1), 'damage');
  const kept = object.modifiedNs;
  const byte = object.content.read(0, 1).readUInt8(0);
  disk.write(object, 0, Buffer.from([byte ^ 0x20]), path);
  disk.setAttributes(object, { modifiedNs: kept });
  job.doctored = true;
}

async function queueTask(stage: Stage, job: StagedJob, label: string, how: string): Promise<void> {
  const server = stage.world.server(job.source);
  if (server === undefined || job.jobId === undefined) return;
  const action = (point: string) =>
    ({ type: 'program', program: '/bin/task', arguments: [job.name, label, point, how] }) as const;
  await stage.tasks.queue(job, label, () =>
    server.tasks.queue(job.jobId ?? '', {
      name: label,
      actions: { onexecute: action('onexecute'), onreceive: action('onreceive') },
      timeoutMs: how === 'hangs' ? 4000 : null,
    }),
  );
}

async function failover(stage: Stage, job: StagedJob, queue: 'apply' | 'discard'): Promise<void> {
  const takeover = beginFailover(stage, job, queue);
  if (takeover !== undefined) await endFailover(stage, job, takeover);
}

/** A line that says what cannot be done; for people who write scenarios. */
export function mistake(line: number, text: string, reason: string): Failure {
  const verb = text.split(/\s+/)[0] ?? '';
  const usage = actions[verb]?.usage;
  return new Failure({
    code: 'SCENARIO-INVALID',
    operation: 'play the scenario',
    subject: `line ${line}: ${text}`,
    reason,
    hint: usage === undefined ? `A line begins with one of ${Object.keys(actions).join(', ')}.` : `Say: ${usage}`,
  });
}

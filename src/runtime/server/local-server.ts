// A server in this process: its services, the parts that each is made with, and the order in which they start and stop.
import { Signal } from '../../base/waiting/signal.ts';
import { QueueMemory } from '../../engine/queue/memory/queue-memory.ts';
import { Credentials } from '../accounts/credentials.ts';
import { SealedSecrets } from '../accounts/sealed-secrets.ts';
import { DnsServers } from '../dns/dns-servers.ts';
import { Identities } from '../jobs/identity/identities.ts';
import { Monitors } from '../jobs/monitors.ts';
import type { JobServices, ServerParts } from '../jobs/server-parts.ts';
import { SourceJobs } from '../jobs/source-jobs.ts';
import { TargetJobs } from '../jobs/target-jobs.ts';
import { Witness } from '../jobs/witness/witness.ts';
import { ScheduleService } from '../schedules/schedules.ts';
import { ServerAdministration } from './administration.ts';
import { HeldJobs } from './held-jobs.ts';
import { informationService } from './information.ts';
import { JobService } from './job-service.ts';
import type { GuardedServer } from './peer-access.ts';
import { replicaServices } from './replica-services.ts';
import { calculateWorkload } from './workload-calculation.ts';

export interface LocalServer extends GuardedServer {
  /** Closes links and makes queues durable; jobs, monitors and schedules go on at the next start. */
  stop(): Promise<void>;
}

/** Starts everything that an earlier run left, and begins to accept links. */
export async function startLocalServer(parts: ServerParts): Promise<LocalServer> {
  const { name, storage, random, clock, eventLog, network, files, home } = parts;
  const startedMs = clock.wallMs();
  const changed = new Signal();
  const queueMemory = new QueueMemory(parts.queueLimits);
  const identities = await Identities.open(parts);
  const services: JobServices = {
    queueMemory,
    identities,
    updateDns: (change) => dns.update(change),
    checkDns: (changes) => dns.check(changes),
    // Only texts use where a live copy is, and the target tells it again at the next start: a failure is ignored.
    takenOver: (job) =>
      void Promise.all([identities.letGo(job.jobId), targets.live.movedOn(job).catch(() => undefined)]),
    takenBack: (job) =>
      void Promise.all([identities.takeOn(job.jobId), targets.live.movedBack(job).catch(() => undefined)]),
    jobChanged: () => changed.notify(),
  };
  const logs = await files.openTree(`${home}/logs`, { create: true });
  const secrets = await SealedSecrets.open(storage, random);
  const administration = new ServerAdministration(parts);
  const credentials = new Credentials({ storage, clock, secrets });
  const secretOf = (credential: string): Promise<string> => credentials.secret(credential);
  const dns = await DnsServers.open({ storage, secrets, names: parts.nameService, eventLog, secretOf });
  const numbers = (): readonly number[] => [...sources.numbers(), ...targets.numbers()];
  const sources: SourceJobs = new SourceJobs(parts, services, logs, () => targets.shapes());
  const targets: TargetJobs = new TargetJobs(parts, services, () => sources.shapes(), numbers);
  const witness = witnessOf(parts, sources, targets, services);
  const monitors = new Monitors(parts, services, (jobId) => targets.find(jobId), witness);
  let stopListening = async (): Promise<void> => undefined;
  const stopJobs = async (): Promise<void> => {
    identities.stop();
    await monitors.stopAll();
    await witness?.stop();
    await stopListening();
    await sources.stopAll('the server stops');
    await targets.stopAll('the server stops');
  };
  const resume = async (): Promise<ScheduleService> => {
    await identities.resume();
    await targets.resume();
    stopListening = await network.listen(
      (link) => targets.accept(link),
      (address, reason) => eventLog.outside.report('connection', { peer: address, reason }),
    );
    await sources.resume(numbers);
    witness?.start();
    await monitors.resume();
    return ScheduleService.start(parts);
  };
  const schedules = await begun(resume, stopJobs);
  eventLog.emit(4000, { server: name });
  const held = new HeldJobs(name, sources, targets, witness);
  const jobs = new JobService({ clock, sources, targets, held, witness, monitors, numbers, changed });
  return {
    name,
    ...administration.services,
    information: informationService({ parts, startedMs, logs, held, queueMemory }),
    events: { since: async (sinceMs) => eventLog.since(sinceMs) },
    jobs,
    workloads: { calculate: (workload) => calculateWorkload(workload, files) },
    ...replicaServices(held, sources, targets, identities),
    monitors,
    dns,
    live: targets.live,
    schedules,
    credentials,
    stop: async () => {
      jobs.stopWaits();
      await schedules.stop();
      await stopJobs();
      eventLog.emit(4005, { server: name });
      await eventLog.close();
    },
  };
}

function witnessOf(
  { name, leases, clock, eventLog }: ServerParts,
  sources: SourceJobs,
  targets: TargetJobs,
  services: JobServices,
): Witness | undefined {
  if (leases === undefined) return undefined;
  return new Witness({
    leases,
    clock,
    server: name,
    sources: () => sources.shapes().filter(({ failedOver }) => !failedOver),
    targets: () => targets.all(),
    tell: (id, parameters, jobId) => void eventLog.emit(id, parameters, jobId),
    changed: (jobId) => services.jobChanged(jobId),
  });
}

/** Ends what `begin` has begun when it fails, so that nothing runs on of a server that did not start. Its failure is the one that counts. */
async function begun<Result>(begin: () => Promise<Result>, end: () => Promise<void>): Promise<Result> {
  try {
    return await begin();
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
}

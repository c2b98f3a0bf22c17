// The API of a server: `POST /v1/call/<method>` with `{"parameters": […]}`, one method for each call of the interface
// `Server` (runtime/contract/server.ts). The answer is `{"result": …}`, or `{"failure": …}` with the fields of a Failure and a status
// that is not 2xx. A call without a result answers `{"result": null}`. Both sides parse what they get with this table.
import { z } from 'zod';
import type { FailureDetails } from '../base/failure.ts';
import {
  dnsChange,
  failoverOptions,
  failoverReport,
  monitorReport,
  monitorSpecification,
} from '../model/shapes/failover-shapes.ts';
import { askedSnapshotType, jobReport, snapshotReport, verifyReport } from '../model/shapes/job-report-shapes.ts';
import { mirrorMethod, newJob, workload } from '../model/shapes/job-shapes.ts';
import { named, newName } from '../model/shapes/plain-shapes.ts';
import {
  accountAccess,
  accountReport,
  credentialReport,
  dnsServerReport,
  dnsServerSpecification,
  livePathReport,
  scheduleReport,
  scheduleSpecification,
  serverEvent,
  serverReport,
  settingReport,
  workloadReport,
} from '../model/shapes/server-shapes.ts';
import { newTask, taskReport } from '../model/shapes/task-shapes.ts';
import type { ServerMethod } from '../runtime/contract/access.ts';
import type { Server } from '../runtime/contract/server.ts';

/** Largest body of a request. The longest sensible one is a schedule with its block. */
export const requestBytesMax = 4 * 1_048_576;

/** A `waitForJob` longer than this answers after this; the caller asks again. */
export const longPollMsMax = 60_000;

export function callPath(method: ServerMethod): string {
  return `/v1/call/${method}`;
}

interface MethodContract<Method extends ServerMethod> {
  readonly parameters: z.ZodType<Parameters<Server[Method]>>;
  readonly result: z.ZodType<Awaited<ReturnType<Server[Method]>>>;
}

export type Contract = { readonly [Method in ServerMethod]: MethodContract<Method> };

const text = z.string();
const nothing = z.null().transform(() => undefined);

export const contract: Contract = {
  connect: { parameters: z.tuple([newJob]), result: jobReport },
  disconnect: { parameters: z.tuple([text]), result: nothing },
  startMirror: { parameters: z.tuple([text, mirrorMethod]), result: nothing },
  stopMirror: { parameters: z.tuple([text]), result: nothing },
  deleteOrphans: { parameters: z.tuple([text]), result: nothing },
  verify: { parameters: z.tuple([text, z.enum(['report', 'repair'])]), result: verifyReport },
  queueTask: { parameters: z.tuple([text, newTask]), result: text },
  snapshots: { parameters: z.tuple([text]), result: z.array(snapshotReport) },
  takeSnapshot: { parameters: z.tuple([text, newName, askedSnapshotType]), result: snapshotReport },
  revertToSnapshot: { parameters: z.tuple([text, text]), result: nothing },
  deleteSnapshot: { parameters: z.tuple([text, text]), result: nothing },
  failover: { parameters: z.tuple([text, failoverOptions]), result: failoverReport },
  createMonitor: { parameters: z.tuple([named(monitorSpecification)]), result: nothing },
  startMonitor: { parameters: z.tuple([text]), result: nothing },
  stopMonitor: { parameters: z.tuple([text]), result: nothing },
  deleteMonitor: { parameters: z.tuple([text]), result: nothing },
  monitors: { parameters: z.tuple([]), result: z.array(monitorReport) },
  addDnsServer: { parameters: z.tuple([named(dnsServerSpecification)]), result: nothing },
  removeDnsServer: { parameters: z.tuple([text]), result: nothing },
  dnsServers: { parameters: z.tuple([]), result: z.array(dnsServerReport) },
  updateDns: { parameters: z.tuple([dnsChange]), result: nothing },
  report: { parameters: z.tuple([]), result: serverReport },
  jobs: { parameters: z.tuple([]), result: z.array(jobReport) },
  job: { parameters: z.tuple([text]), result: jobReport },
  waitForJob: { parameters: z.tuple([text, z.number(), z.number().nonnegative()]), result: jobReport },
  tasks: { parameters: z.tuple([text]), result: z.array(taskReport) },
  events: { parameters: z.tuple([z.number()]), result: z.array(serverEvent) },
  addSchedule: { parameters: z.tuple([named(scheduleSpecification)]), result: nothing },
  removeSchedule: { parameters: z.tuple([text]), result: nothing },
  schedules: { parameters: z.tuple([]), result: z.array(scheduleReport) },
  calculate: { parameters: z.tuple([workload]), result: workloadReport },
  settings: { parameters: z.tuple([]), result: z.array(settingReport) },
  changeSetting: { parameters: z.tuple([text, text]), result: nothing },
  accounts: { parameters: z.tuple([]), result: z.array(accountReport) },
  addAccount: { parameters: z.tuple([newName, text, accountAccess]), result: nothing },
  removeAccount: { parameters: z.tuple([text]), result: nothing },
  credentials: { parameters: z.tuple([]), result: z.array(credentialReport) },
  setCredential: { parameters: z.tuple([newName, text]), result: nothing },
  testCredential: { parameters: z.tuple([text]), result: nothing },
  removeCredential: { parameters: z.tuple([text]), result: nothing },
  log: { parameters: z.tuple([z.number().int().positive()]), result: z.array(text) },
  shutDown: { parameters: z.tuple([]), result: nothing },
  allows: { parameters: z.tuple([text]), result: z.boolean() },
  livePaths: { parameters: z.tuple([]), result: z.array(livePathReport) },
  releaseLivePath: { parameters: z.tuple([text]), result: nothing },
  login: { parameters: z.tuple([text, text]), result: z.union([z.literal(0), z.literal(1), z.literal(2)]) },
};

export const requestSchema = z.strictObject({ parameters: z.array(z.unknown()) });

export const failureSchema: z.ZodType<FailureDetails> = z.object({
  code: text,
  operation: text,
  subject: text,
  reason: text,
  hint: text.exactOptional(),
  retryable: z.boolean().exactOptional(),
});

export const answerSchema = z.union([z.object({ failure: failureSchema }), z.object({ result: z.unknown() })]);

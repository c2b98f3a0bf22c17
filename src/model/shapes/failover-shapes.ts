// The shapes (zod) of failovers, of the monitors that begin one, and of the changes of names that follow it, for the files of a
// target and the API.
import { z } from 'zod';
import {
  type DnsChange,
  type FailoverOptions,
  type FailoverReport,
  failoverQueues,
  failoverTypes,
  type MonitorReport,
  type MonitorSpecification,
  monitorStates,
  type Probe,
  probeRules,
  type UndoReport,
} from '../report.ts';
import { count, port, time } from './plain-shapes.ts';

const choices = { type: z.enum(failoverTypes), queue: z.enum(failoverQueues) };

export const failoverOptions: z.ZodType<FailoverOptions> = z.strictObject({
  ...choices,
  snapshotId: z.string().exactOptional(),
  latestGood: z.literal(true).exactOptional(),
  force: z.literal(true).exactOptional(),
});

/** Strict in the file of a target, not strict in what a newer server may answer. */
export const failoverReportFields = {
  jobId: z.string(),
  epoch: count,
  startedMs: time,
  finishedMs: time,
  ...choices,
  appliedOperations: count,
  discardedOperations: count,
  complete: z.boolean(),
  lossText: z.string(),
  evidence: z.array(z.string()).readonly(),
};

export const failoverReport: z.ZodType<FailoverReport> = z.object(failoverReportFields);

export const undoReport: z.ZodType<UndoReport> = z.object({ epoch: count, snapshot: z.string() });

export const dnsChangeFields = {
  name: z.string().min(1),
  address: z.string().min(1),
  from: z.string().min(1).exactOptional(),
  ttlSeconds: count,
};

export const dnsChange: z.ZodType<DnsChange> = z.strictObject(dnsChangeFields);

const probe: z.ZodType<Probe> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('service') }),
  z.strictObject({ type: z.literal('tcp'), host: z.string(), port }),
  z.strictObject({ type: z.literal('ping'), host: z.string().min(1) }),
  z.strictObject({ type: z.literal('program'), program: z.string(), arguments: z.array(z.string()) }),
]);

export const monitorSpecification: z.ZodType<MonitorSpecification> = z.strictObject({
  name: z.string().min(1),
  jobId: z.string().min(1),
  probe,
  moreProbes: z.array(probe).exactOptional(),
  failsWhen: z.enum(probeRules).exactOptional(),
  echoHost: z.string().min(1).exactOptional(),
  intervalMs: z.number().nonnegative(),
  condition: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('total-time'), totalMs: z.number().positive() }),
    z.strictObject({ type: z.literal('failures'), count: z.int().positive() }),
  ]),
  waitForUser: z.boolean(),
  failover: failoverOptions,
  dns: z.array(dnsChange),
});

export const monitorReport: z.ZodType<MonitorReport> = z.object({
  specification: monitorSpecification,
  state: z.enum(monitorStates),
  lastSuccessMs: time.nullable(),
  consecutiveFailures: count,
  evidence: z.array(z.string()),
});

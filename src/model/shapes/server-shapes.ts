// The shapes (zod) of what a server tells of itself and of what its operator gives it: accounts, credentials, settings, DNS
// servers, schedules, events, live copies. For the files of a server and the API.
import { z } from 'zod';
import { type DnsServerSpecification, keyAlgorithms } from '../dns-server.ts';
import type { ServerEvent } from '../event.ts';
import { type EventId, eventCatalogue, severities } from '../event-catalogue.ts';
import {
  type AccountReport,
  accountAccesses,
  type CredentialReport,
  type DnsServerReport,
  type IdentityReport,
  type LivePathReport,
  type ServerReport,
  type SettingReport,
  type WorkloadReport,
} from '../report.ts';
import { overlapChoices, type ScheduleReport, type ScheduleSpecification } from '../schedule.ts';
import { jobReport } from './job-report-shapes.ts';
import { count, listOf, port, time } from './plain-shapes.ts';

export const keyAlgorithm = z.enum(keyAlgorithms);

export const dnsServerSpecification: z.ZodType<DnsServerSpecification> = z.strictObject({
  name: z.string(),
  host: z.string(),
  port,
  zones: z.array(z.string()),
  key: z
    .union([
      z.strictObject({ name: z.string(), algorithm: keyAlgorithm, secret: z.string() }),
      z.strictObject({ name: z.string(), algorithm: keyAlgorithm, credential: z.string() }),
    ])
    .nullable(),
});

export const dnsServerReport: z.ZodType<DnsServerReport> = z.object({
  name: z.string(),
  host: z.string(),
  port,
  zones: z.array(z.string()),
  keyName: z.string().nullable(),
});

export const scheduleSpecification = z.strictObject({
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  overlap: z.enum(overlapChoices),
  body: z.string(),
  bindings: z.string(),
}) satisfies z.ZodType<ScheduleSpecification>;

export const scheduleReport: z.ZodType<ScheduleReport> = z.object({
  specification: scheduleSpecification,
  nextMs: time.nullable(),
  lastMs: time.nullable(),
  lastOutcome: z.string(),
  missedRuns: count,
  running: count,
});

export const serverReport: z.ZodType<ServerReport> = z.object({
  name: z.string(),
  version: z.string(),
  fingerprint: z.string(),
  startedMs: time,
  timeMs: time,
  taskProcessing: z.boolean(),
  queueMemory: z.object({ usedBytes: count, maxBytes: count }).exactOptional(),
  jobs: z.array(jobReport),
});

export const serverEvent: z.ZodType<ServerEvent> = z.object({
  id: z.custom<EventId>((value) => typeof value === 'number' && Object.hasOwn(eventCatalogue, value), 'unknown event'),
  severity: z.enum(severities),
  timeMs: time,
  message: z.string(),
  jobId: z.string().exactOptional(),
});

export const workloadReport: z.ZodType<WorkloadReport> = z.object({ bytes: count, files: count, directories: count });

export const settingReport: z.ZodType<SettingReport> = z.object({
  name: z.string(),
  value: z.string(),
  changeable: z.boolean(),
});

export const accountAccess = z.enum(accountAccesses);
export const accountReport: z.ZodType<AccountReport> = z.object({ user: z.string(), access: accountAccess });

export const credentialReport: z.ZodType<CredentialReport> = z.object({ name: z.string(), changedMs: time });

export const identityReport: z.ZodType<IdentityReport> = z.object({
  addresses: listOf(z.string()),
  isHere: z.boolean(),
});

export const livePathReport: z.ZodType<LivePathReport> = z.object({
  path: z.string(),
  jobId: z.string(),
  job: z.string(),
  source: z.string(),
  epoch: count,
  sinceMs: time,
  released: z.boolean(),
  movedTo: z.string().exactOptional(),
});

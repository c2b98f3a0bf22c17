// The settings of a server's operator: `server.json` in the home folder (docs/configuration.md describes it). An absent
// key has the default written here, an unknown key is an error. Everything that would let another machine act on this
// one is off or empty by default: tasks do not run, no folder may become a replica, no account can log in.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { serverNameFault } from '../../base/given-names.ts';
import { withoutDots } from '../../base/raw-path.ts';
import { remirrorChoices } from '../../model/options/remirror.ts';
import { captureWishes } from '../../model/promise.ts';
import { deviceNodePolicies, setIdPolicies } from '../../model/replica-policy.ts';
import type { SettingReport } from '../../model/report.ts';
import { accountAccess } from '../../model/shapes/server-shapes.ts';
import type { Storage } from '../../ports/storage.ts';
import { readVersioned, replaceVersioned, versionedText } from './versioned-file.ts';

export const configurationFileName = 'server.json';
const fileVersion = 1;

const absolutePath = z
  .string()
  .regex(/^\//, 'must be an absolute path')
  .refine((path) => withoutDots(path) !== undefined, 'must not contain ..')
  .transform((path) => withoutDots(path) ?? path);
const hostAndPort = z.string().regex(/^.+:\d{1,5}$/, 'must be HOST:PORT');

/** Four transaction logs of 5 MiB (engine/queue/queue-limits.ts). */
const diskQueueBytesMin = 20_971_520;
/** The least and the usual memory of the queues (guide, ch. 10, Double-Take queue): 512 and 1023 MB. */
const queueMemoryBytesMin = 536_870_912;
const queueMemoryBytes = 1_072_693_248;

const schema = z.strictObject({
  version: z.literal(fileVersion),
  /** How other servers and scripts call this one. */
  name: z
    .string()
    .refine((name) => serverNameFault(name) === undefined, 'must be a server name: letters, digits, . _ -'),
  /** Where links from other servers are accepted; port 0 takes a free one. */
  listen: hostAndPort.default('127.0.0.1:6320'),
  /** Where the API is offered to paired servers; null offers it only on the socket in the home folder. */
  api: hostAndPort.nullable().default(null),
  tasks: z
    .strictObject({
      enabled: z.boolean().default(false),
      /** Absolute paths of the programs that may run. */
      allow: z.array(absolutePath).default([]),
      /** The local account as which the programs run; null for the server's own. */
      account: z.string().nullable().default(null),
      /** Whether blocks of the language may run, with all that a script on this server can do. */
      blocks: z.boolean().default(false),
      javascript: z
        .strictObject({
          /** Whether JavaScript may run, in processes that may do only what these settings allow. */
          enabled: z.boolean().default(false),
          /** Whether JavaScript may run the programs of `allow`. */
          run: z.boolean().default(false),
          /** How long one JavaScript task may take, including the time that it waits. */
          secondsMax: z.number().int().min(1).max(86_400).default(60),
        })
        .prefault({}),
    })
    .prefault({}),
  targets: z
    .strictObject({
      /** Replicas may lie only in these folders and below. */
      allowedRoots: z.array(absolutePath).default([]),
      /** Whether replicas may hold character and block devices. */
      deviceNodes: z.enum(deviceNodePolicies).default('refuse'),
      /** Whether programs in replicas keep set-id bits and capabilities. */
      setId: z.enum(setIdPolicies).default('keep'),
    })
    .prefault({}),
  sources: z
    .strictObject({
      /** Folders that a peer with the operator role may have protected; scripts of this home may protect any folder. */
      allowedRoots: z.array(absolutePath).default([]),
    })
    .prefault({}),
  accounts: z
    .array(
      z.strictObject({
        user: z.string().min(1),
        access: accountAccess,
        /** The salt of the hash, base64. */
        salt: z.string(),
        /** scrypt (N 32768, r 8, p 1) of the password, 32 bytes, base64. */
        hash: z.string(),
      }),
    )
    .default([]),
  /** What blocks of the language that this server runs may reach of its machine. */
  scripts: z
    .strictObject({
      /** Folders below which READ FILE may read. */
      read: z.array(absolutePath).default([]),
      /** Variables of the server's environment that ENVIRONMENT may give to them. */
      environment: z.array(z.string().min(1)).default([]),
      /** Programs that RUN PROGRAM may run, as `tasks.account`. */
      programs: z.array(absolutePath).default([]),
    })
    .prefault({}),
  /** `auto` takes fanotify where the process may use it, otherwise inotify. */
  capture: z.enum(['auto', 'fanotify', 'inotify']).default('auto'),
  /** For a connection that says nothing of it. */
  defaultCapture: z.enum(captureWishes).default('auto'),
  /** How often the server checks that each protected folder is still the same folder. */
  rootCheckSeconds: z.number().int().min(1).max(3600).default(10),
  /** Whether connections of an earlier run are connected at the start (guide, ch. 10, Automatically reconnect). */
  reconnectAtStart: z.boolean().default(true),
  /** What mirrors by itself when a connection is made again (guide, ch. 10, Behavior when automatically remirroring). */
  remirror: z.enum(remirrorChoices).default('auto'),
  /** Whether a mirror counts the workload (guide, ch. 10, Calculate size of protected data upon connection). */
  calculateSize: z.boolean().default(true),
  slowRound: z
    .strictObject({
      /** Seconds between two looks at the files that programs hold open for writing. */
      heldSeconds: z.number().min(1).max(3600).default(5),
      /** How many files the round over all files looks at each second; 0 leaves the round out. */
      filesPerSecond: z.number().int().nonnegative().max(1_000_000).default(500),
    })
    .prefault({}),
  queue: z
    .strictObject({
      /** The memory of the queues of all connections together, those of which this server is the target too. */
      memoryBytesMax: z
        .number()
        .int()
        .min(
          queueMemoryBytesMin,
          `the queues of all connections together need at least ${queueMemoryBytesMin} bytes (512 MB)`,
        )
        .default(queueMemoryBytes),
      /** `none` keeps the queue in memory, `unlimited` takes what the volume has, a number is a limit in bytes. */
      disk: z.union([z.enum(['none', 'unlimited']), z.number().int().min(diskQueueBytesMin)]).default('unlimited'),
      /** The queue grows on disk only while this much stays free. */
      freeBytesMin: z.number().int().nonnegative().default(262_144_000),
      /** An event is reported when the queue reaches this part of its limit. */
      alertPercent: z.number().int().min(1).max(100).default(50),
    })
    .prefault({}),
  /** A cluster of etcd that says which of two servers has a connection; null for none. The servers of a connection name the same one. */
  witness: z
    .strictObject({
      /** `http://HOST:PORT` or `https://HOST:PORT`, of one cluster. */
      endpoints: z.array(z.url({ protocol: /^https?$/, hostname: /./ })).min(1),
      /** Before the names of its keys. */
      prefix: z
        .string()
        .regex(/^[^\s]+\/$/, 'must end with a slash')
        .default('/understudy/'),
      /** How long the word of the witness holds for a source that says nothing. */
      ttlSeconds: z.number().int().min(5).max(3600).default(30),
      user: z.string().min(1).nullable().default(null),
      /** Its first line is the password of `user`. */
      passwordFile: absolutePath.nullable().default(null),
      /** The certificates by which etcd is known, PEM; null for those that the system trusts. */
      caFile: absolutePath.nullable().default(null),
    })
    .nullable()
    .default(null),
  /** The server's log (guide, ch. 10, Log file properties). */
  log: z
    .strictObject({
      fileBytesMax: z.number().int().min(65_536).default(5_242_880),
      filesMax: z.number().int().min(1).max(999).default(20),
    })
    .prefault({}),
});

export type ServerConfiguration = Readonly<z.output<typeof schema>>;
export type AccountConfiguration = ServerConfiguration['accounts'][number];

/** The configuration of a server with this name and the default for every other setting. */
export function defaultConfiguration(name: string): ServerConfiguration {
  return schema.parse({ version: fileVersion, name });
}

/** undefined when the home has no server yet. Fails with FILE-NEWER or FILE-INVALID. */
export function readConfiguration(storage: Storage): Promise<ServerConfiguration | undefined> {
  return readVersioned(storage, configurationFileName, schema, fileVersion);
}

export function writeConfiguration(storage: Storage, configuration: ServerConfiguration): Promise<void> {
  return replaceVersioned(storage, configurationFileName, configuration);
}

/** The text of the file. */
export function configurationText(configuration: ServerConfiguration): string {
  return versionedText(configuration);
}

/** The settings that SET may change: how this server uses memory and disk, but not who or what may act on it. */
const changeable = [
  'capture',
  'defaultCapture',
  'rootCheckSeconds',
  'reconnectAtStart',
  'remirror',
  'calculateSize',
  'queue.memoryBytesMax',
  'queue.disk',
  'queue.freeBytesMin',
  'queue.alertPercent',
] as const;

export function settingsOf({ version: _version, accounts: _accounts, ...rest }: ServerConfiguration): SettingReport[] {
  return flattened(rest, '').map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    changeable: changeable.some((one) => one === name),
  }));
}

/** Nested keys as docs/configuration.md writes them: `tasks.enabled`. */
function flattened(part: object, prefix: string): (readonly [name: string, value: unknown])[] {
  return Object.entries(part).flatMap(([key, value]: [string, unknown]) => {
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isGroup ? flattened(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as const];
  });
}

/**
 * The configuration with one setting changed; its name may be in any letter case. Fails with `SETTING-UNKNOWN`,
 * `SETTING-FIXED` or `SETTING-INVALID`.
 */
export function withSetting(configuration: ServerConfiguration, wanted: string, value: string): ServerConfiguration {
  const known = settingsOf(configuration);
  const setting = known.find((one) => one.name.toLowerCase() === wanted.toLowerCase());
  if (setting === undefined) {
    const hint = `there are: ${known.map(({ name }) => name).join(', ')}`;
    throw settingFailure('SETTING-UNKNOWN', wanted, 'there is no such setting', hint);
  }
  if (!setting.changeable) {
    const hint = `change it in ${configurationFileName} of the home, on the machine itself; SET changes: ${changeable.join(', ')}`;
    throw settingFailure('SETTING-FIXED', setting.name, 'it decides who or what may act on the server', hint);
  }
  const written = writtenValue(setting.value, value);
  const [group, key] = setting.name.split('.');
  const changed =
    key === undefined
      ? { ...configuration, [setting.name]: written }
      : { ...configuration, queue: { ...configuration.queue, [key]: written } };
  const parsed = schema.safeParse(changed);
  if (parsed.success) return parsed.data;
  const reason = `${value} is not possible: ${parsed.error.issues[0]?.message ?? group}`;
  throw settingFailure('SETTING-INVALID', setting.name, reason, 'docs/configuration.md says what is');
}

/** A switch is written as true or false, a number in digits, everything else as it is. */
function writtenValue(present: string, value: string): string | number | boolean {
  const isSwitch = present === 'true' || present === 'false';
  if (isSwitch && (value === 'true' || value === 'false')) return value === 'true';
  return /^\d+$/.test(value) ? Number(value) : value;
}

function settingFailure(code: string, subject: string, reason: string, hint: string): Failure {
  return new Failure({ code, operation: 'change the setting', subject, reason, hint });
}

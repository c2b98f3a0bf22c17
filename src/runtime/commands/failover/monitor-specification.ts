// What MONITOR CREATE asks for, as data, and a monitor in words. The defaults are those of the guide (ch. 3, Failover Monitor).
import { invalidParameter } from '../../../language/values/host.ts';
import type { FailoverOptions, MonitorSpecification, Probe, ProbeRule } from '../../../model/report.ts';
import type { KnownConnection } from '../../session/known-connection.ts';
import type { CommandArguments } from '../command-arguments.ts';

const defaultIntervalMs = 10_000;
const defaultTotalMs = 300_000;

export function monitorSpecification(
  given: CommandArguments,
  { jobId, number }: KnownConnection,
): MonitorSpecification {
  const intervalMs = given.optionalDurationMs('interval') ?? defaultIntervalMs;
  const condition = conditionOf(given);
  if (condition.type === 'total-time' && intervalMs > condition.totalMs) {
    throw invalidParameter(
      `the interval of ${intervalMs / 1000} s is longer than the ${condition.totalMs / 1000} s after which the source counts as gone`,
      `make INTERVAL shorter, or TOTAL longer, for connection ${number}`,
    );
  }
  const [probe = { type: 'service' as const }, ...moreProbes] = probesOf(given);
  const several = moreProbes.length === 0 ? {} : { moreProbes, failsWhen: given.choice<ProbeRule>('fails') };
  const queue = given.choice<FailoverOptions['queue']>('queue');
  const toLatest = given.value('latest') !== undefined;
  return {
    name: given.newName('name'),
    jobId,
    probe,
    ...several,
    intervalMs,
    condition,
    waitForUser: given.choice('start') === 'wait',
    failover: toLatest ? { type: 'snapshot', latestGood: true, queue } : { type: 'live', queue },
    dns: [],
  };
}

function conditionOf(given: CommandArguments): MonitorSpecification['condition'] {
  const count = given.optionalInteger('failures');
  const totalMs = given.optionalDurationMs('total');
  if (count === undefined) {
    if (totalMs === 0) throw invalidParameter('TOTAL must be longer than 0', 'it is how long no check may succeed');
    return { type: 'total-time', totalMs: totalMs ?? defaultTotalMs };
  }
  if (totalMs !== undefined) {
    throw invalidParameter(
      'FAILURES and TOTAL exclude each other',
      'count failed probes, or measure the time without a success',
    );
  }
  if (count < 1) throw invalidParameter('FAILURES must be 1 or more');
  return { type: 'failures', count };
}

function probesOf(given: CommandArguments): readonly Probe[] {
  const addresses = given.texts('network');
  const address = given.optionalText('address');
  const bare = addresses.filter((one) => one === '').length;
  if (address !== undefined && bare === 0) {
    throw invalidParameter('ADDRESS belongs to a PROBE NETWORK without an address', 'write PROBE NETWORK "host:port"');
  }
  if (bare > 0 && (address === undefined || bare > 1)) {
    throw invalidParameter('PROBE NETWORK needs "host:port"', 'a TCP connection to it is tried');
  }
  return [
    ...(given.value('service') === undefined ? [] : [{ type: 'service' as const }]),
    ...addresses.map((one) => networkProbe(one === '' ? (address ?? '') : one)),
    ...given.texts('ping').map((host) => ({ type: 'ping' as const, host: plainHost(host) })),
    ...given.texts('program').map(programProbe),
  ];
}

function networkProbe(address: string): Probe {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { type: 'tcp', host, port };
  throw invalidParameter(
    `${JSON.stringify(address)} is no host:port for PROBE NETWORK`,
    'a TCP connection to it is tried',
  );
}

function plainHost(host: string): string {
  if (/^[^\s/]+$/.test(host) && !/^[^:]+:\d+$/.test(host)) return host;
  throw invalidParameter(
    `${JSON.stringify(host)} is no host for PROBE PING`,
    'an echo has no port: write a name or an address',
  );
}

function programProbe(text: string): Probe {
  const [program = '', ...words] = text.split(/\s+/).filter((word) => word !== '');
  if (program.startsWith('/')) return { type: 'program', program, arguments: words };
  throw invalidParameter('PROBE PROGRAM needs the absolute path of a program', 'it is a program of the target');
}

export function probesText({ probe, moreProbes = [], failsWhen = 'all', echoHost }: MonitorSpecification): string {
  const texts = [probe, ...moreProbes].map(probeText);
  const together =
    texts.length === 1
      ? texts[0]
      : `${texts.join(', ')}; a check fails when ${failsWhen === 'all' ? 'all fail' : 'any fails'}`;
  return echoHost === undefined ? `${together}` : `an echo of ${echoHost}, then ${together}`;
}

function probeText(probe: Probe): string {
  switch (probe.type) {
    case 'service':
      return 'the service of the source';
    case 'tcp':
      return `a TCP connection to ${probe.host}:${probe.port}`;
    case 'ping':
      return `an echo of ${probe.host}`;
    case 'program':
      return `the program ${[probe.program, ...probe.arguments].join(' ')}`;
  }
}

export function conditionText(condition: MonitorSpecification['condition']): string {
  if (condition.type === 'failures') return `${condition.count} failures in a row`;
  return `no success for ${condition.totalMs / 1000} s`;
}

export function ownFailoverText({ type, queue }: FailoverOptions): string {
  return `${type === 'snapshot' ? 'to the latest good snapshot' : 'live'}, queue ${queue}`;
}

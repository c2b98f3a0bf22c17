// The properties of a connection from its report, and properties as a value.
import { displayPath } from '../../base/raw-path.ts';
import type { handleProperties, PropertiesOf } from '../../language/catalogue/definition/handle-properties.ts';
import {
  datetime,
  list,
  none,
  percent,
  type RecordValue,
  record,
  size,
  type Value,
} from '../../language/values/value.ts';
import type { JobReport } from '../../model/report.ts';

export interface PropertyTree {
  readonly [name: string]: Value | PropertyTree;
}

/** A value of the language has a `kind` or is no object; everything else is a tree. */
export function isTree(one: Value | PropertyTree): one is PropertyTree {
  return typeof one === 'object' && !('kind' in one);
}

export function connectionProperties(report: JobReport): PropertiesOf<typeof handleProperties.connection> {
  const { mirror, replication, sequence } = report;
  return {
    id: report.number,
    name: report.name,
    repset: report.replicationSet,
    health: report.health,
    source: { name: report.source },
    target: { name: report.target, state: report.targetState },
    mirror: {
      status: mirror.status,
      method: mirror.method,
      percent: mirror.percent === null ? none : percent(mirror.percent),
      remaining: mirror.remainingBytes === null ? none : size(mirror.remainingBytes),
      skipped: size(mirror.skippedBytes),
      sent: size(mirror.sentBytes),
      transmitted: size(mirror.transmittedBytes),
      queued: size(mirror.queuedBytes),
      completed: mirror.completed,
    },
    replication: {
      status: replication.status,
      sent: size(replication.sentBytes),
      transmitted: size(replication.transmittedBytes),
      queued: size(replication.queuedBytes),
    },
    queue: {
      bytes: size(mirror.queuedBytes + replication.queuedBytes),
      operations: replication.queuedOperations,
      memory: size(report.memoryQueueBytes),
      disk: size(report.diskQueueBytes),
    },
    transmit: report.transmit,
    sequence: { ...sequence },
    epoch: report.epoch,
    failedover: report.failedOver,
    established: datetime(report.establishedMs),
    connected: report.connectedSinceMs === null ? none : datetime(report.connectedSinceMs),
    paths: list(
      report.roots.map(({ source, replica }) => record({ source: displayPath(source), replica: displayPath(replica) })),
    ),
    surplus: report.surplus,
    additional: report.additional,
  };
}

export function treeValue(tree: PropertyTree): RecordValue {
  return record(
    Object.fromEntries(Object.entries(tree).map(([name, one]) => [name, isTree(one) ? treeValue(one) : one])),
  );
}

// The first checks of a new job, on its source when it is made and on its target when a peer says hello for it.
import { Failure } from '../../../base/failure.ts';
import { checkName } from '../../../base/given-names.ts';
import type { JobSpecification } from '../../../model/job.ts';
import { rootsMax, rulesMax } from '../../../model/job.ts';
import type { Peer } from '../../../ports/network.ts';

/** Rejects with `ROLE-MISSING` when the peer may open a link but does not have the role source. */
export function checkSourceRole(peer: Peer, server: string): void {
  if (peer.roles === undefined || peer.roles.includes('source')) return;
  throw new Failure({
    code: 'ROLE-MISSING',
    operation: 'take a job',
    subject: peer.name,
    reason: `${server} does not trust ${peer.name} as a source, only as: ${peer.roles.join(', ')}`,
    hint: `To have it so, pair again with --allow source on ${server}.`,
  });
}

/** Rejects with `NAME-INVALID`, or `JOB-TOO-LARGE` for more roots or rules than a job may have. */
export function checkNewJob({ name, replicationSet, roots, rules }: Omit<JobSpecification, 'jobId'>): void {
  checkName(name, 'the connection');
  checkName(replicationSet, 'the replication set');
  checkCount(name, 'folders', roots.length, rootsMax);
  checkCount(name, 'rules', rules.length, rulesMax);
}

function checkCount(name: string, what: string, count: number, most: number): void {
  if (count <= most) return;
  throw new Failure({
    code: 'JOB-TOO-LARGE',
    operation: 'connect',
    subject: name,
    reason: `it selects ${count} ${what}, and a connection has ${most} at most`,
    hint: 'Include a folder above them and exclude what is not meant, or make several connections.',
  });
}

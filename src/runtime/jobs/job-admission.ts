// What a job that a peer says hello for must satisfy before anything else of it is looked at.
import { Failure } from '../../base/failure.ts';
import type { Peer } from '../../ports/network.ts';

/** Rejects with `ROLE-MISSING` a peer that may open a link here and may not send a replica. */
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

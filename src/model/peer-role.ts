// What a paired server may do on the server that keeps it in its trust store. A role says what the peer is to this server,
// and allows the calls that this takes and no others; a peer may have several.
//
//   source    may send replicas here, below `targets.allowedRoots`, and look after those: status, snapshots, monitors, failover
//   target    may be sent replicas from here, and may open a link to ask whether this server still lives
//   monitor   may look at everything that the API tells
//   operator  may make every call of the API but those of the owner alone; what it protects must lie below `sources.allowedRoots`
export const peerRoles = ['source', 'target', 'monitor', 'operator'] as const;
export type PeerRole = (typeof peerRoles)[number];

export function isPeerRole(word: string): word is PeerRole {
  return peerRoles.some((role) => role === word);
}

/** A trusted server as the caller of the API, by the name under which it is trusted. */
export interface PeerCaller {
  readonly name: string;
  readonly roles: readonly PeerRole[];
}

/** Who calls the API: whoever may open the socket in the home, or a trusted server. */
export type Caller = 'owner' | PeerCaller;

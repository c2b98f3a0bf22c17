// The directory of a script that uses servers of other processes: the home's own server by its socket, paired servers
// by their API. A server may also be named by an address in the configuration, and this home's own by `localhost`. Any
// other name is an error; no server is made for it.
import { remoteServer } from '../../api/remote-server.ts';
import { assert, Failure } from '../../base/failure.ts';
import { sameServerName } from '../../base/given-names.ts';
import { homeWords } from '../../base/home-hints.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { PeerRole } from '../../model/peer-role.ts';
import { sendToPeer } from '../../platform/http/http-peers.ts';
import { sendOverSocket } from '../../platform/http/http-socket.ts';
import { loadIdentity } from '../../platform/identity/identity.ts';
import { type TrustedPeer, TrustStore } from '../../platform/identity/trust-store.ts';
import { pairWith } from '../../platform/network/pairing-dialler.ts';
import { readLockHolder } from '../../platform/storage/home-lock.ts';
import type { Server } from '../../runtime/contract/server.ts';
import { isThisMachine, serverAt } from '../../runtime/contract/server-address.ts';
import type { KnownServer, ServerDirectory } from '../../runtime/contract/server-directory.ts';
import { pairingCommand } from './reaching.ts';

/** The role of a server with which this one has paired by its address and code: it is a target. */
const rolesOfTarget: readonly PeerRole[] = ['target'];

export interface ConfiguredServersOptions {
  readonly home: string;
  readonly clock: Clock;
  /** The home's own server: in this process, or behind its socket, where it may not run. */
  readonly own: Server;
  readonly serving: boolean;
}

export async function configuredServers({
  home,
  clock,
  own,
  serving,
}: ConfiguredServersOptions): Promise<ServerDirectory> {
  const identity = await loadIdentity(home);
  const trust = new TrustStore(home);
  const get = async (name: string): Promise<Server> => {
    if (identity === undefined) throw unknownServer(home, name, []);
    const peers = await trust.peers();
    const meant = configuredName(home, name, identity.name, peers);
    if (meant === identity.name) return own;
    const peer = peers.find((one) => one.name === meant);
    assert(peer !== undefined, 'the name is that of a paired server');
    return remoteServer(peer.name, sendToPeer({ identity, peer, clock }));
  };
  const known = async (): Promise<readonly KnownServer[]> => {
    const peers = (await trust.peers()).map(({ name, address, roles }) => ({
      name,
      address: address ?? null,
      access: roles.join(', '),
    }));
    const itself = {
      name: identity?.name ?? own.name,
      address: readLockHolder(home)?.listen ?? null,
      access: 'full',
    } as const;
    return [itself, ...peers];
  };
  const add = async (address: string, code: string): Promise<{ name: string; fingerprint: string }> => {
    if (identity === undefined) throw unknownServer(home, address, []);
    const { listen, api } = (serving ? readLockHolder(home) : undefined) ?? {};
    return pairWith({ identity, trust, clock, address, code, listensAt: listen, api, roles: rolesOfTarget });
  };
  const pairing = { add, remove: (name: string) => trust.remove(name) };
  return { ownName: identity?.name, get, local: serving ? own : undefined, known, pairing };
}

/**
 * The name of the server that a script means by a name or an address. Throws `SERVER-UNKNOWN` when there is none.
 * `ownName`: of the home's own server; undefined when the home has none.
 */
export function configuredName(
  home: string,
  written: string,
  ownName: string | undefined,
  peers: readonly TrustedPeer[],
): string {
  const own = ownName === undefined ? [] : [{ name: ownName, addresses: addressesOf(readLockHolder(home)?.listen) }];
  const others = peers.map((peer) => ({ name: peer.name, addresses: addressesOf(peer.address, peer.api) }));
  const all = [...own, ...others];
  const named = all.find((one) => sameServerName(one.name, written));
  const found = named ?? (isThisMachine(written) ? own[0] : serverAt(written, all));
  const names = all.map(({ name }) => name);
  if (found === undefined) throw unknownServer(home, written, names);
  return found.name;
}

function addressesOf(...addresses: readonly (string | undefined)[]): readonly string[] {
  return addresses.filter((one) => one !== undefined);
}

/** The home's own server behind its socket. A call fails with a message when the server does not run. */
export async function ownServerOf(home: string): Promise<Server> {
  return remoteServer((await loadIdentity(home))?.name ?? 'this server', sendOverSocket(home));
}

function unknownServer(home: string, name: string, known: readonly string[]): Failure {
  return new Failure({
    code: 'SERVER-UNKNOWN',
    operation: 'find the server',
    subject: name,
    reason: known.length === 0 ? 'this home knows no servers' : `this home knows ${known.join(', ')}`,
    hint: `pair with it: ${pairingCommand('HOST:PORT', 'CODE')}${homeWords(home, process.env)}, with a code from understudy pair on ${name}`,
  });
}

// `understudy pair`: prints this server's name, fingerprint and a one-time code.
// `understudy pair HOST:PORT --code CODE`: this server and the one there trust each other; a code works once.
import { startHint } from '../../../base/home-hints.ts';
import type { Random } from '../../../base/random.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import { isPeerRole, type PeerRole, peerRoles } from '../../../model/peer-role.ts';
import { isServing } from '../../../platform/http/http-socket.ts';
import { type Identity, loadIdentity } from '../../../platform/identity/identity.ts';
import { PendingCode } from '../../../platform/identity/pairing-code.ts';
import { TrustStore } from '../../../platform/identity/trust-store.ts';
import { pairWith } from '../../../platform/network/pairing-dialler.ts';
import { readLockHolder } from '../../../platform/storage/home-lock.ts';
import { missingServer } from '../../../platform/storage/missing-server.ts';
import { machineText } from '../../../runtime/text/machine-text.ts';
import { type CommandLine, exitCodes, UsageError } from '../../command-line.ts';
import { addressForOthers, pairingCommand, thisMachine } from '../../servers/reaching.ts';

export interface PairRequest {
  readonly home: string;
  readonly json: boolean;
  /** The other server and its code; absent to make a code for this one. */
  readonly other?: { readonly address: string; readonly code: string };
  /** What the other server may do here. */
  readonly roles: readonly PeerRole[];
}

/** The roles without `--allow`: the server that made the code is the target of the one that uses it. */
export const usualRoles = { offering: ['source'], joining: ['target'] } as const;

export function rolesNamed(text: string): readonly PeerRole[] {
  return text.split(',').map((word) => {
    const role = word.trim().toLowerCase();
    if (isPeerRole(role)) return role;
    throw new UsageError(`--allow ${word}: there is no such role; there are ${peerRoles.join(', ')}`);
  });
}

export interface PairParts {
  readonly clock: Clock;
  readonly random: Random;
}

export async function pair(
  { home, json, other, roles }: PairRequest,
  parts: PairParts,
  commandLine: CommandLine,
): Promise<number> {
  const identity = await loadIdentity(home);
  if (identity === undefined) throw missingServer(home, 'pair', 'IDENTITY-MISSING');
  if (other === undefined) await offer(identity, home, json, roles, parts, commandLine);
  else await join(identity, home, json, { ...other, roles }, parts, commandLine);
  return exitCodes.success;
}

async function offer(
  { name, fingerprint }: Identity,
  home: string,
  json: boolean,
  roles: readonly PeerRole[],
  { clock, random }: PairParts,
  { out, note, environment }: CommandLine,
): Promise<void> {
  const { code, expiresAtMs } = await new PendingCode(home, clock).create(random, roles);
  const listen = readLockHolder(home)?.listen;
  const serving = await isServing(home);
  if (json) {
    const offered = { name, fingerprint, code, roles, expiresMs: expiresAtMs, listen: listen ?? null };
    out(JSON.stringify(machineText(offered)));
  } else {
    out(`Name:        ${name}`);
    out(`Fingerprint: ${fingerprint}`);
    out(`Code:        ${code}`);
    out(
      `The code is good for one pairing within ten minutes, which makes the other server: ${roles.join(', ')} of ${name}.`,
    );
    out('On the other server, run this, with --home DIR where its home is not the default one:');
    out(`  ${pairingCommand(listen === undefined ? 'HOST:PORT' : addressForOthers(listen, thisMachine()), code)}`);
  }
  if (!serving) {
    note(`warning: the server ${name} is not running, so nobody can use the code yet`);
    note(`  next: ${startHint(home, environment)}`);
  }
}

async function join(
  identity: Identity,
  home: string,
  json: boolean,
  other: NonNullable<PairRequest['other']> & Pick<PairRequest, 'roles'>,
  { clock }: PairParts,
  { out }: CommandLine,
): Promise<void> {
  const own = (await isServing(home)) ? readLockHolder(home) : undefined;
  const peer = await pairWith({
    identity,
    trust: new TrustStore(home),
    clock,
    address: other.address,
    code: other.code,
    roles: other.roles,
    listensAt: own?.listen,
    api: own?.api,
  });
  if (json) out(JSON.stringify(peer));
  else {
    out(`${identity.name} and ${peer.name} trust each other now.`);
    out(`Fingerprint of ${peer.name}: ${peer.fingerprint}`);
    out(`${peer.name} is from now on: ${peer.roles.join(', ')} of ${identity.name}.`);
    if (own === undefined) {
      out(
        `${identity.name} is not running, so ${peer.name} does not know where to reach it; it can only be called by it.`,
      );
    }
  }
}

// `understudy pair`: prints this server's name, fingerprint and a one-time code. `understudy pair HOST:PORT --code CODE`:
// trusts the server there and is trusted by it, once.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Random } from '../base/random.ts';
import { readLockHolder } from '../platform/home-lock.ts';
import { isServing } from '../platform/http-socket.ts';
import { type Identity, loadIdentity } from '../platform/identity/identity.ts';
import { PendingCode } from '../platform/identity/pairing-code.ts';
import { TrustStore } from '../platform/identity/trust-store.ts';
import { pairWith } from '../platform/network/pairing-dialler.ts';
import { type CommandLine, exitCodes } from './command-line.ts';

export interface PairRequest {
  readonly home: string;
  readonly json: boolean;
  /** The other server and its code; absent to make a code for this one. */
  readonly other?: { readonly address: string; readonly code: string };
}

export interface PairParts {
  readonly clock: Clock;
  readonly random: Random;
}

export async function pair(
  { home, json, other }: PairRequest,
  parts: PairParts,
  commandLine: CommandLine,
): Promise<number> {
  const identity = await loadIdentity(home);
  if (identity === undefined) throw noServer(home);
  if (other === undefined) await offer(identity, home, json, parts, commandLine);
  else await join(identity, home, json, other, parts, commandLine);
  return exitCodes.success;
}

async function offer(
  { name, fingerprint }: Identity,
  home: string,
  json: boolean,
  { clock, random }: PairParts,
  { out, note }: CommandLine,
): Promise<void> {
  const { code, expiresAtMs } = await new PendingCode(home, clock).create(random);
  const listen = readLockHolder(home)?.listen;
  const serving = await isServing(home);
  if (json) {
    out(JSON.stringify({ name, fingerprint, code, expiresMs: expiresAtMs, listen: listen ?? null }));
  } else {
    out(`Name:        ${name}`);
    out(`Fingerprint: ${fingerprint}`);
    out(`Code:        ${code}`);
    out('The code is good for one pairing within ten minutes. On the other server, run:');
    out(`  understudy pair ${listen ?? 'HOST:PORT'} --code ${code}`);
  }
  if (!serving)
    note(`warning: the server ${name} is not running; start it with understudy serve, or nobody can use the code`);
}

async function join(
  identity: Identity,
  home: string,
  json: boolean,
  other: NonNullable<PairRequest['other']>,
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
    listensAt: own?.listen,
    api: own?.api,
  });
  if (json) out(JSON.stringify(peer));
  else {
    out(`${identity.name} and ${peer.name} trust each other now.`);
    out(`Fingerprint of ${peer.name}: ${peer.fingerprint}`);
    if (own === undefined) {
      out(
        `${identity.name} is not running, so ${peer.name} does not know where to reach it; it can only be called by it.`,
      );
    }
  }
}

function noServer(home: string): Failure {
  return new Failure({
    code: 'IDENTITY-MISSING',
    operation: 'pair',
    subject: home,
    reason: 'there is no server in this home folder yet',
    hint: `start one: understudy serve --name NAME --home ${home}`,
  });
}

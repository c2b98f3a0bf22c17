// The servers this one trusts, in `trust.json` of the home folder: a name, the pinned fingerprint, where it listens, and
// what it may do here, as roles (model/peer-role.ts).
//
// Version 1 of the file had one word for that, `access`, and pairing wrote `full`: a peer could do everything here. It is read
// as roles that keep running jobs alive and give nothing of this server's disk: `full` is `source` and `target`, `monitor` is
// `target` and `monitor`, `none` is `target`, which lets it be called. Whoever wants an operator among them pairs again.
//
// Invariants: a name is trusted with one certificate only and a certificate under one name only; names differ in more than
// letter case. A trusted certificate is never replaced by another one silently: the old entry has to be removed first.
// The file is read anew at every question, because the `pair` verb changes it while the server runs.
//
// What may go wrong: `NAME-TAKEN`, `CERTIFICATE-TAKEN`, `PEER-UNKNOWN`, `SERVER-NAME`, and the failures of home-file.ts.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hostPortShape } from '../../base/addresses/host-port.ts';
import { Failure } from '../../base/failure.ts';
import { checkServerName, sameServerName, serverNameFault } from '../../base/given-names.ts';
import { type PeerRole, peerRoles } from '../../model/peer-role.ts';
import { fingerprintShape } from './certificate.ts';
import { asSystemFailure, type HomeFileFormat, hasErrno, readHomeFile, updateHomeFile } from './home-file.ts';

const knownPeer = z.strictObject({
  name: z.string().refine((name) => serverNameFault(name) === undefined, 'not a server name'),
  fingerprint: z.string().regex(fingerprintShape),
  /** Where it accepts links, `host:port`; absent when it only dials. */
  address: z.string().regex(hostPortShape).optional(),
  /** Where its API listens, `host:port`. */
  api: z.string().regex(hostPortShape).optional(),
  pairedAt: z.iso.datetime(),
});
const trustedPeer = knownPeer.extend({ roles: z.array(z.enum(peerRoles)).readonly() });

export type TrustedPeer = Readonly<z.infer<typeof trustedPeer>>;

const version = 2;
const trustFile = z.strictObject({ version: z.literal(version), peers: z.array(trustedPeer).readonly() });
type TrustFile = z.infer<typeof trustFile>;

const rolesOfAccess: Readonly<Record<'full' | 'monitor' | 'none', readonly PeerRole[]>> = {
  full: ['source', 'target'],
  monitor: ['target', 'monitor'],
  none: ['target'],
};
const firstTrustFile = z
  .strictObject({
    version: z.literal(1),
    peers: z.array(knownPeer.extend({ access: z.enum(['full', 'monitor', 'none']) })),
  })
  .transform(
    ({ peers }): TrustFile => ({
      version,
      peers: peers.map(({ access, ...peer }) => ({ ...peer, roles: rolesOfAccess[access] })),
    }),
  );

const format: HomeFileFormat<TrustFile> = {
  contents: 'the trusted servers',
  version,
  schema: z.discriminatedUnion('version', [trustFile, firstTrustFile]),
};

export class TrustStore {
  readonly path: string;

  constructor(home: string) {
    this.path = join(home, 'trust.json');
  }

  async peers(): Promise<readonly TrustedPeer[]> {
    return (await readHomeFile(this.path, format))?.peers ?? [];
  }

  /** Changes whenever the file does. */
  async stamp(): Promise<string> {
    try {
      const { ino, size, mtimeNs } = await stat(this.path, { bigint: true });
      return `${ino} ${size} ${mtimeNs}`;
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return 'none';
      throw asSystemFailure(error, 'look at the trusted servers', this.path);
    }
  }

  async byName(name: string): Promise<TrustedPeer | undefined> {
    return (await this.peers()).find((peer) => sameServerName(peer.name, name));
  }

  async byFingerprint(fingerprint: string): Promise<TrustedPeer | undefined> {
    return (await this.peers()).find((peer) => peer.fingerprint === fingerprint);
  }

  /** Trusts the server, or renews what is known of one that is trusted with the same certificate already. */
  async add(peer: TrustedPeer): Promise<void> {
    checkServerName(peer.name);
    await updateHomeFile(this.path, format, (current): TrustFile => {
      const peers = current?.peers ?? [];
      checkFree(peers, peer);
      return { version, peers: [...peers.filter(({ fingerprint }) => fingerprint !== peer.fingerprint), peer] };
    });
  }

  /** Throws what `add` would throw because of the other entries. */
  async checkFree(peer: Pick<TrustedPeer, 'name' | 'fingerprint'>): Promise<void> {
    checkServerName(peer.name);
    checkFree(await this.peers(), peer);
  }

  async remove(name: string): Promise<void> {
    await updateHomeFile(this.path, format, (current): TrustFile => {
      const peers = current?.peers ?? [];
      const others = peers.filter((peer) => !sameServerName(peer.name, name));
      if (others.length < peers.length) return { version, peers: others };
      throw new Failure({
        code: 'PEER-UNKNOWN',
        operation: 'remove a trusted server',
        subject: name,
        reason: 'no server of this name is trusted',
      });
    });
  }
}

function checkFree(peers: readonly TrustedPeer[], added: Pick<TrustedPeer, 'name' | 'fingerprint'>): void {
  const operation = 'trust a server';
  for (const peer of peers) {
    const sameName = sameServerName(peer.name, added.name);
    const sameCertificate = peer.fingerprint === added.fingerprint;
    if (sameName && !sameCertificate) {
      throw new Failure({
        code: 'NAME-TAKEN',
        operation,
        subject: added.name,
        reason: `this name is trusted with another certificate (${peer.fingerprint}); the server was reinstalled, or another one has its name`,
        hint: `if it was reinstalled, remove ${peer.name} from the trusted servers, then pair again`,
      });
    }
    if (sameCertificate && !sameName) {
      throw new Failure({
        code: 'CERTIFICATE-TAKEN',
        operation,
        subject: added.name,
        reason: `its certificate is trusted under the name ${peer.name}`,
        hint: `remove ${peer.name} from the trusted servers, then pair again`,
      });
    }
  }
}

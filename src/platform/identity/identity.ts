// Who this server is: a name, a private key and the certificate that binds the two, kept in the home folder.
//
// On disk: `keys/server.pem`, mode 0600, holding the certificate and the private key (PKCS #8), both as PEM. One file, put in
// place whole, so that there is never a key without its certificate. It is made once and never changed: whoever trusts this
// server trusts this certificate.
//
// What may go wrong: `IDENTITY-MISSING`, `IDENTITY-DAMAGED`, `IDENTITY-EXPOSED` (others can read the private key),
// `IDENTITY-NAME` (the home belongs to a server of another name), `SERVER-NAME`, and errno names.
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { checkServerName, sameServerName } from '../../base/given-names.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { commonNameOf, selfSignedCertificate } from './certificate.ts';
import { asSystemFailure, hasErrno } from './home-file.ts';

export interface Identity {
  readonly name: string;
  /** SHA-256 of the certificate, in the form of `fingerprintShape`. */
  readonly fingerprint: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export function identityPath(home: string): string {
  return join(home, 'keys', 'server.pem');
}

/** The identity in this home folder; undefined when none has been made yet. */
export async function loadIdentity(home: string): Promise<Identity | undefined> {
  const path = identityPath(home);
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw exposed(path, mode);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw asSystemFailure(error, "read this server's key", path);
  }
  try {
    const certificate = new X509Certificate(text);
    const privateKey = createPrivateKey(text);
    const name = commonNameOf(certificate);
    if (name === undefined) throw new Error('the certificate names no server');
    if (!certificate.checkPrivateKey(privateKey))
      throw new Error('the certificate and the private key do not belong together');
    return {
      name,
      fingerprint: certificate.fingerprint256,
      certificatePem: certificate.toString(),
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  } catch (error) {
    throw new Failure({
      code: 'IDENTITY-DAMAGED',
      operation: "read this server's key",
      subject: path,
      reason: error instanceof Error ? error.message : String(error),
      hint: 'restore the file from a backup, or remove it and pair again with every server that trusts this one',
    });
  }
}

/** As `loadIdentity`, making the identity on the first call. A home that belongs to another name is refused. */
export async function loadOrCreateIdentity(
  home: string,
  name: string,
  system: { readonly clock: Clock; readonly random: Random },
): Promise<Identity> {
  checkServerName(name);
  const path = identityPath(home);
  if ((await loadIdentity(home)) === undefined) await createIdentity(path, name, system);
  const identity = await loadIdentity(home);
  if (identity === undefined) {
    throw new Failure({
      code: 'IDENTITY-MISSING',
      operation: "read this server's key",
      subject: path,
      reason: 'the file was removed just after it was made',
    });
  }
  if (!sameServerName(identity.name, name)) {
    throw new Failure({
      code: 'IDENTITY-NAME',
      operation: `start the server ${name}`,
      subject: home,
      reason: `this home folder belongs to the server ${identity.name}`,
      hint: `use --name ${identity.name}, or another --home`,
    });
  }
  return identity;
}

/** When two processes make it at once, the first one's stays: `link` never replaces a file. */
async function createIdentity(
  path: string,
  name: string,
  system: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = selfSignedCertificate(name, privateKey, system.random.bytes(16), new Date(system.clock.wallMs()));
  const pem = new X509Certificate(der).toString() + privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const draft = `${path}.${Buffer.from(system.random.bytes(8)).toString('hex')}`;
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(pem);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw asSystemFailure(error, "make this server's key", path);
  } finally {
    await rm(draft, { force: true });
  }
}

function exposed(path: string, mode: number): Failure {
  return new Failure({
    code: 'IDENTITY-EXPOSED',
    operation: "read this server's key",
    subject: path,
    reason: `other accounts of this machine can reach it (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
    hint: `if nobody can have copied it: chmod 600 ${path}`,
  });
}

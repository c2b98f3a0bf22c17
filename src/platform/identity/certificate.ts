// The self-signed certificate by which a server is known.
//
// Nobody checks who signed it or how long it is valid: the other side pins its fingerprint. It is a well-formed X.509
// version 3 certificate (RFC 5280) all the same, so that every TLS library takes it. ECDSA on P-256, because that is what
// every TLS client can check, browsers included, which Ed25519 is not.
import { createPublicKey, type KeyObject, sign, type X509Certificate } from 'node:crypto';
import {
  bitString,
  boolean,
  explicit,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const commonName = objectIdentifier('2.5.4.3');
const keyUsage = objectIdentifier('2.5.29.15');
const basicConstraints = objectIdentifier('2.5.29.19');
const version3 = explicit(0, unsignedInteger(Buffer.from([2])));

/** The date that says "no well-defined expiration" (RFC 5280, 4.1.2.5). */
const noExpiry = new Date('9999-12-31T23:59:59Z');

/**
 * The certificate, in DER, of the P-256 key for the subject `CN=name`.
 * `serial`: 16 random bytes; `validFrom` is cut to seconds.
 */
export function selfSignedCertificate(
  name: string,
  privateKey: KeyObject,
  serial: Uint8Array,
  validFrom: Date,
): Buffer {
  const subject = sequence(setOf(sequence(commonName, utf8String(name))));
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const extensions = sequence(
    // An end entity: its key signs handshakes and no other certificates.
    sequence(basicConstraints, boolean(true), octetString(sequence())),
    // Bit 0, digitalSignature.
    sequence(keyUsage, boolean(true), octetString(bitString(Buffer.from([0x80]), 7))),
  );
  const toBeSigned = sequence(
    version3,
    unsignedInteger(serial),
    ecdsaWithSha256,
    subject,
    sequence(time(validFrom), time(noExpiry)),
    subject,
    publicKey,
    explicit(3, extensions),
  );
  return sequence(toBeSigned, ecdsaWithSha256, bitString(sign('sha256', toBeSigned, privateKey)));
}

/** The common name of the certificate's subject, or undefined when it has none. */
export function commonNameOf(certificate: X509Certificate): string | undefined {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1];
}

/**
 * The SHA-256 of a certificate's DER, as `openssl x509 -fingerprint -sha256` prints it and Node's `fingerprint256` has it: 32
 * pairs of upper-case hexadecimal digits with colons between. The one form used everywhere.
 */
export const fingerprintShape = /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/;

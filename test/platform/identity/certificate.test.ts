// The certificate is read back by node:crypto, which is OpenSSL: what it understands is what every peer will.
import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { commonNameOf, fingerprintShape, selfSignedCertificate } from '../../../src/platform/identity/certificate.ts';
import { bitString, objectIdentifier, octetString, time, unsignedInteger } from '../../../src/platform/identity/der.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serial = Buffer.from('00ff00112233445566778899aabbccdd', 'hex');

function certificateFor(name: string): X509Certificate {
  return new X509Certificate(selfSignedCertificate(name, privateKey, serial, new Date('2026-03-04T05:06:07Z')));
}

test('says its name, its key, its serial number and its validity, and is signed by its own key', () => {
  const certificate = certificateFor('alpha');
  expect(certificate.subject).toBe('CN=alpha');
  expect(certificate.issuer).toBe('CN=alpha');
  expect(commonNameOf(certificate)).toBe('alpha');
  expect(certificate.serialNumber).toBe('FF00112233445566778899AABBCCDD');
  expect(certificate.validFromDate.toISOString()).toBe('2026-03-04T05:06:07.000Z');
  expect(certificate.validToDate.toISOString()).toBe('9999-12-31T23:59:59.000Z');
  expect(certificate.checkPrivateKey(privateKey)).toBe(true);
  expect(certificate.verify(createPublicKey(privateKey))).toBe(true);
  expect(certificate.ca).toBe(false);
});

test('carries the longest name a certificate can', () => {
  const name = `${'n'.repeat(60)}.lan`;
  expect(commonNameOf(certificateFor(name))).toBe(name);
});

test('has a fingerprint in the one form used everywhere', () => {
  const { raw, fingerprint256 } = certificateFor('alpha');
  const pairs = createHash('sha256').update(raw).digest('hex').toUpperCase().match(/../g);
  expect(fingerprint256).toBe(pairs?.join(':'));
  expect(fingerprint256).toMatch(fingerprintShape);
});

// Byte for byte against X.690 and the examples everyone knows.
test.each([
  ['an object identifier', objectIdentifier('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
  ['zero', unsignedInteger(Buffer.from([0, 0])), '020100'],
  ['a number whose first bit is set', unsignedInteger(Buffer.from([0x80])), '02020080'],
  ['a number with leading zeros', unsignedInteger(Buffer.from([0, 0, 0x7f])), '02017f'],
  ['bits that are not a whole byte', bitString(Buffer.from([0x80]), 7), '03020780'],
  ['a year before 2050', time(new Date('2049-12-31T23:59:59Z')), '170d3439313233313233353935395a'],
  ['a year from 2050 on', time(new Date('2050-01-01T00:00:00Z')), '180f32303530303130313030303030305a'],
  ['a length of 127', octetString(Buffer.alloc(127)).subarray(0, 2), '047f'],
  ['a length of 128', octetString(Buffer.alloc(128)).subarray(0, 3), '048180'],
  ['a length of 256', octetString(Buffer.alloc(256)).subarray(0, 4), '04820100'],
])('writes %s', (_what, bytes, hexadecimal) => {
  expect(bytes.toString('hex')).toBe(hexadecimal);
});

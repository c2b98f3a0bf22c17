import { expect, test } from 'vitest';
import { parseKeyText } from '../../src/runtime/dns/dns-key-file.ts';

const key = { name: 'update-key', algorithm: 'hmac-sha256', secret: 'c2Vj//0+dGV4dA==' };

test.each([
  ['as tsig-keygen writes it', 'key "update-key" {\n\talgorithm hmac-sha256;\n\tsecret "c2Vj//0+dGV4dA==";\n};\n'],
  ['without quotes', 'key update-key { algorithm HMAC-SHA256; secret c2Vj//0+dGV4dA==; };'],
  [
    'among comments and other statements',
    '// key "old" { }\n/* key "older" {} */ # key "oldest" {}\noptions { recursion no; };\nkey "update-key" { secret "c2Vj//0+dGV4dA=="; algorithm hmac-sha256; };',
  ],
])('reads a key %s', (_what, text) => {
  expect(parseKeyText(text, 'a key file')).toEqual(key);
});

test('reads a secret that stands alone', () => {
  expect(parseKeyText(`\n${key.secret}\n`, 'a key file')).toEqual({ secret: key.secret });
});

test.each([
  ['', 'no'],
  ['no base 64!', 'neither'],
  ['key "k" { algorithm hmac-md5; secret "c2Vj"; };', 'hmac-md5'],
  ['key "k" { secret "c2Vj"; };', 'not given'],
  ['key "k" { algorithm hmac-sha256; };', 'no secret'],
  ['key "k" { algorithm hmac-sha256; secret "no base 64!"; };', 'no secret'],
])('refuses %j and never shows a secret', (text, reason) => {
  expect(() => parseKeyText(text, '/etc/dns.key')).toThrow(
    expect.objectContaining({ code: 'KEY-FILE', subject: '/etc/dns.key', reason: expect.stringContaining(reason) }),
  );
});

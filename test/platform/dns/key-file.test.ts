import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseKeyFile, readKeyFile } from '../../../src/platform/dns/key-file.ts';

const key = { name: 'update-key', algorithm: 'hmac-sha256', secret: 'c2Vj//0+dGV4dA==' };

test.each([
  ['as tsig-keygen writes it', 'key "update-key" {\n\talgorithm hmac-sha256;\n\tsecret "c2Vj//0+dGV4dA==";\n};\n'],
  ['without quotes', 'key update-key { algorithm HMAC-SHA256; secret c2Vj//0+dGV4dA==; };'],
  [
    'among comments and other statements',
    '// key "old" { }\n/* key "older" {} */ # key "oldest" {}\noptions { recursion no; };\nkey "update-key" { secret "c2Vj//0+dGV4dA=="; algorithm hmac-sha256; };',
  ],
])('reads a key %s', (_what, text) => {
  expect(parseKeyFile(text, 'a key file')).toEqual(key);
});

test.each([
  ['', 'no statement'],
  ['key "k" { algorithm hmac-md5; secret "c2Vj"; };', 'hmac-md5'],
  ['key "k" { secret "c2Vj"; };', 'not given'],
  ['key "k" { algorithm hmac-sha256; };', 'no secret'],
  ['key "k" { algorithm hmac-sha256; secret "no base 64!"; };', 'no secret'],
])('refuses %j and never shows a secret', (text, reason) => {
  expect(() => parseKeyFile(text, '/etc/dns.key')).toThrow(
    expect.objectContaining({ code: 'KEY-FILE', subject: '/etc/dns.key', reason: expect.stringContaining(reason) }),
  );
});

test('refuses a file that everybody can read, and one that is not there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-key-'));
  try {
    const path = join(folder, 'dns.key');
    writeFileSync(path, `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`);
    chmodSync(path, 0o644);
    await expect(readKeyFile(path)).rejects.toMatchObject({ code: 'KEY-FILE-EXPOSED', subject: path });
    chmodSync(path, 0o640);
    expect(await readKeyFile(path)).toEqual(key);
    await expect(readKeyFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

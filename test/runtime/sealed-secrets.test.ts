import { expect, test } from 'vitest';
import { SealedSecrets } from '../../src/runtime/accounts/sealed-secrets.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';

test('what was sealed is opened again, also by the next start of the server', async () => {
  const storage = new MemoryStorage();
  const secrets = await SealedSecrets.open(storage, new SeededRandom(1));
  const texts = ['', 'c2VjcmV0', 'Geheimnis ü\n'];
  const sealed = texts.map((text) => secrets.seal(text));
  expect(sealed.map((one) => secrets.open(one, 'x'))).toEqual(texts);
  const later = await SealedSecrets.open(storage, new SeededRandom(2));
  expect(sealed.map((one) => later.open(one, 'x'))).toEqual(texts);
});

test('a sealed text shows nothing of the secret, and is never twice the same', async () => {
  const secrets = await SealedSecrets.open(new MemoryStorage(), new SeededRandom(1));
  const [one, other] = [secrets.seal('the same secret'), secrets.seal('the same secret')];
  expect(one).not.toBe(other);
  expect(Buffer.from(one, 'base64').toString('latin1')).not.toContain('secret');
});

test('another server’s key, a changed or a cut text, and no sealed text at all are refused by name', async () => {
  const secrets = await SealedSecrets.open(new MemoryStorage(), new SeededRandom(1));
  const stranger = await SealedSecrets.open(new MemoryStorage(), new SeededRandom(2));
  const sealed = secrets.seal('secret');
  const bytes = Buffer.from(sealed, 'base64');
  const refusal = expect.objectContaining({ code: 'SECRET-UNREADABLE', subject: 'the key of ns1' });
  expect(() => stranger.open(sealed, 'the key of ns1')).toThrow(refusal);
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => secrets.open(changed.toString('base64'), 'the key of ns1')).toThrow(refusal);
    expect(() => secrets.open(bytes.subarray(0, at).toString('base64'), 'the key of ns1')).toThrow(refusal);
  }
});

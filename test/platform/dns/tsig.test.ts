// Signatures, and answers that somebody tampered with. That BIND takes our signatures and we take its is tested elsewhere;
// here the answers are made and broken by hand.
import { createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeName, encodeQuery } from '../../../src/platform/dns/message.ts';
import { signMessage, type TsigKey, verifyAnswer } from '../../../src/platform/dns/tsig.ts';

const key: TsigKey = { name: 'Update-Key', algorithm: 'hmac-sha256', secret: randomBytes(32).toString('base64') };
const nowSeconds = 1_780_000_000;
const request = signMessage(encodeQuery(4711, 'shop.example.test', 'A'), key, nowSeconds);

interface Forgery {
  readonly signedWith?: TsigKey;
  readonly requestMac?: Buffer;
  readonly timeSeconds?: number;
  readonly error?: number;
  readonly other?: Buffer;
  readonly unsignedError?: boolean;
}

/** An answer as a server makes it, by the letter of RFC 8945, section 4.2 and 5.3; written apart from the code under test. */
function answerWith(forgery: Forgery = {}): Buffer {
  const signing = forgery.signedWith ?? key;
  const requestMac = forgery.requestMac ?? request.mac;
  const other = forgery.other ?? Buffer.alloc(0);
  const message = encodeQuery(4711, 'shop.example.test', 'A');
  message.writeUInt16BE(0x8400, 2);
  const number = (value: number, bytes: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeUIntBE(value, 0, bytes);
    return buffer;
  };
  const time = number(forgery.timeSeconds ?? nowSeconds, 6);
  const ending = [number(forgery.error ?? 0, 2), number(other.length, 2), other];
  const mac = forgery.unsignedError
    ? Buffer.alloc(0)
    : createHmac('sha256', Buffer.from(signing.secret, 'base64'))
        .update(number(requestMac.length, 2))
        .update(requestMac)
        .update(message)
        .update(encodeName(signing.name.toLowerCase()))
        .update(number(255, 2))
        .update(number(0, 4))
        .update(encodeName('hmac-sha256'))
        .update(time)
        .update(number(300, 2))
        .update(Buffer.concat(ending))
        .digest();
  const data = Buffer.concat([
    encodeName('hmac-sha256'),
    time,
    number(300, 2),
    number(mac.length, 2),
    mac,
    number(4711, 2),
    ...ending,
  ]);
  const record = [encodeName(signing.name), number(250, 2), number(255, 2), number(0, 4), number(data.length, 2), data];
  message.writeUInt16BE(1, 10);
  return Buffer.concat([message, ...record]);
}

function judge(answer: Buffer, atSeconds = nowSeconds) {
  return verifyAnswer(answer, key, request.mac, atSeconds);
}

test('a good answer is believed', () => {
  expect(judge(answerWith())).toEqual({ state: 'valid' });
  expect(judge(answerWith(), nowSeconds + 300)).toEqual({ state: 'valid' });
  expect(judge(answerWith({ signedWith: { ...key, name: 'UPDATE-key' } }))).toEqual({ state: 'valid' });
});

test('an answer without a signature is told apart', () => {
  const answer = encodeQuery(4711, 'shop.example.test', 'A');
  expect(judge(answer)).toEqual({ state: 'unsigned' });
});

test('no changed bit is believed', () => {
  const good = answerWith();
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    const changed = Buffer.from(good);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    // The id outside the signature is judged where answers are received; the letter case of names does not count.
    const harmless = bit < 16 || changed.toString('latin1').toLowerCase() === good.toString('latin1').toLowerCase();
    const state = judge(changed).state;
    if (!harmless) expect([bit, state]).not.toEqual([bit, 'valid']);
  }
});

test('an answer cut short is not believed', () => {
  const good = answerWith();
  for (let length = 12; length < good.length; length += 1) {
    expect(judge(good.subarray(0, length)).state).toBe('bad');
  }
});

test('an answer to another request, by another key, or from another time is not believed', () => {
  expect(judge(answerWith({ requestMac: Buffer.alloc(32) }))).toMatchObject({ state: 'bad' });
  expect(judge(answerWith({ signedWith: { ...key, secret: 'b3RoZXI=' } }))).toMatchObject({
    state: 'bad',
    reason: 'its signature is not valid',
  });
  expect(judge(answerWith({ signedWith: { ...key, name: 'other-key' } }))).toMatchObject({
    state: 'bad',
    reason: expect.stringContaining('other-key'),
  });
  expect(judge(answerWith(), nowSeconds + 301)).toMatchObject({
    state: 'bad',
    reason: expect.stringContaining('time'),
  });
});

test('says what the server has against our signature', () => {
  expect(judge(answerWith({ error: 16, unsignedError: true }))).toEqual({ state: 'error', error: 'BADSIG' });
  expect(judge(answerWith({ error: 17, unsignedError: true }))).toEqual({ state: 'error', error: 'BADKEY' });
  const serverTime = Buffer.from(`0000${(nowSeconds + 1000).toString(16)}`, 'hex');
  expect(judge(answerWith({ error: 18, other: serverTime }))).toEqual({
    state: 'error',
    error: 'BADTIME',
    serverTimeSeconds: nowSeconds + 1000,
  });
});

test('an error without a signature never passes for success', () => {
  expect(judge(answerWith({ unsignedError: true }))).toMatchObject({ state: 'bad' });
});

import { expect, it } from 'vitest';
import { wholeCharacters } from '../../src/base/text/whole-characters.ts';

it('leaves a text that ends with a whole character as it is, and cuts off the beginning of one', () => {
  const text = 'a\u00e4\u20ac\u{1f600}z';
  const bytes = Buffer.from(text);
  const ends = [0, 1, 3, 6, 10, 11];
  for (let length = 0; length <= bytes.length; length += 1) {
    const expected = ends.filter((end) => end <= length).at(-1);
    expect(wholeCharacters(bytes.subarray(0, length)).length, `${length} bytes`).toBe(expected);
  }
});

it('keeps bytes that are no UTF-8', () => {
  expect(wholeCharacters(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80])).length).toBe(5);
});

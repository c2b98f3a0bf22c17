// A text in UTF-8 that a limit of bytes has cut.

/** From which first byte on a character has so many bytes (RFC 3629, section 3). */
const lengths = [
  { from: 0xf0, bytes: 4 },
  { from: 0xe0, bytes: 3 },
  { from: 0xc0, bytes: 2 },
] as const;

/** The bytes without the beginning of a character at their end. */
export function wholeCharacters(bytes: Buffer): Buffer {
  let last = bytes.length - 1;
  while (last > bytes.length - 4 && last > 0 && ((bytes[last] ?? 0) & 0xc0) === 0x80) last -= 1;
  const first = bytes[last] ?? 0;
  const length = lengths.find(({ from }) => first >= from)?.bytes ?? 1;
  return last + length > bytes.length ? bytes.subarray(0, Math.max(0, last)) : bytes;
}

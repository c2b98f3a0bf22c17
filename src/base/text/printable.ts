// What must not reach a terminal from a text that somebody else may have written: control characters, and those that turn
// the direction of writing.

/** Each such character becomes a replacement character; a tab becomes one blank, so that columns can be counted. */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(/\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\u{fffd}');
}

// The escapes of e"…": what a backslash and the characters behind it stand for.
const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['\\', '\\'],
  ['"', '"'],
  ['$', '$'],
]);
const byNumber = /\\u\{([0-9A-Fa-f]{1,6})\}/y;
/** What a person wrote as an escape that is none, for a message about it. */
const meant = /\\(?:u\{?[0-9A-Za-z]{0,8}\}?|x[0-9A-Fa-f]{0,2}|[\s\S])?/uy;

export interface EscapeRead {
  readonly start: number;
  readonly end: number;
  /** The characters that it stands for; undefined when it is none. */
  readonly text: string | undefined;
}

/** The escape whose backslash stands at `at`, before the end of its string at `last`. */
export function readEscape(text: string, at: number, last: number): EscapeRead {
  const simple = escapes.get(text[at + 1] ?? '');
  if (simple !== undefined && at + 1 < last) return { text: simple, start: at, end: at + 2 };
  byNumber.lastIndex = at;
  const code = byNumber.exec(text)?.[1];
  const number = code === undefined ? -1 : Number.parseInt(code, 16);
  const isCharacter = number >= 0 && number <= 0x10ffff && !(number >= 0xd800 && number <= 0xdfff);
  if (isCharacter) return { text: String.fromCodePoint(number), start: at, end: byNumber.lastIndex };
  meant.lastIndex = at;
  meant.test(text);
  return { text: undefined, start: at, end: Math.min(last, Math.max(at + 1, meant.lastIndex)) };
}

/** A text between the quotes of e"…": the same value, on one line. */
export function withEscapes(text: string): string {
  const name: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't' };
  return text.replace(/["\\$\p{Cc}]/gu, (one) => {
    const isItself = '"\\$'.includes(one);
    const letter = isItself ? one : name[one];
    return letter === undefined ? `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}` : `\\${letter}`;
  });
}

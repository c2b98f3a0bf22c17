// Finds the end of a string, and splits the inside of a string into text and interpolations. Neither recurses, so that
// hostile nesting cannot exhaust the JavaScript stack.
//
// Inside "…": "" is a quote, $$ a dollar, $name and ${expression} interpolate; a backslash and a lone $ are ordinary.
// Inside e"…" it is the same, but a backslash begins an escape.
import { type EscapeRead, readEscape } from '../values/escapes.ts';

/** Whether an `e` that declares a string with escapes stands at an offset. */
export function isEscapeMark(text: string, offset: number): boolean {
  return (text.charCodeAt(offset) | 32) === 101 && text.charCodeAt(offset + 1) === 34;
}

/**
 * The offset behind the string that opens at `offset` with its quote or its `e`, or -1 when it is not closed (on its
 * line, for a "…" string). Strings inside `${…}` are followed through, so a quote there does not end the outer string.
 */
export function stringEnd(text: string, offset: number): number {
  const escapes = isEscapeMark(text, offset);
  const quote = escapes ? offset + 1 : offset;
  const block = text.startsWith('"""', quote);
  return block ? bracedEnd(text, quote, true, escapes) : lineStringEnd(text, quote, escapes);
}

/** Most strings hold no braces, and are read without a stack. */
function lineStringEnd(text: string, offset: number, escapes: boolean): number {
  for (let at = offset + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return -1;
    if (code === 92 && escapes && !isLineEnd(text.charCodeAt(at + 1))) at++;
    if (code === 36 && text.charCodeAt(at + 1) === 123) return bracedEnd(text, offset, false, escapes);
    if (code === 36 && text.charCodeAt(at + 1) === 36) at++;
    else if (code === 34 && text.charCodeAt(at + 1) === 34) at++;
    else if (code === 34) return at + 1;
  }
  return -1;
}

type Open = 'string' | 'block' | 'escaped-string' | 'escaped-block' | 'brace';

function bracedEnd(text: string, offset: number, block: boolean, escapes: boolean): number {
  // The open strings and braces; the innermost is the last.
  const open: Open[] = [`${escapes ? 'escaped-' : ''}${block ? 'block' : 'string'}`];
  let at = offset + (block ? 3 : 1);
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (!block && isLineEnd(code)) return -1;
    at = open[open.length - 1] === 'brace' ? inBraces(text, at, open) : inString(text, at, open);
    if (open.length === 0) return at;
  }
  return -1;
}

/** Takes a character between braces; a string inside opens one of its own. */
function inBraces(text: string, at: number, open: Open[]): number {
  const character = text[at];
  if (character === '}') open.pop();
  else if (character === '{') open.push('brace');
  else if (character === '"') open.push(isMarkedBefore(text, at) ? 'escaped-string' : 'string');
  else if (character === "'") return rawEnd(text, at);
  return at + 1;
}

/** Takes a character of a string, or the few that belong together. */
function inString(text: string, at: number, open: Open[]): number {
  const inside = open[open.length - 1];
  const [character, next] = [text[at], text[at + 1]];
  if (character === '\\' && inside?.startsWith('escaped') && !isLineEnd(text.charCodeAt(at + 1))) return at + 2;
  if (character === '$' && next === '$') return at + 2;
  if (character === '$' && next === '{') {
    open.push('brace');
    return at + 2;
  }
  if (character !== '"') return at + 1;
  if (inside?.endsWith('block')) {
    if (!text.startsWith('"""', at)) return at + 1;
    open.pop();
    return at + 3;
  }
  if (next === '"') return at + 2;
  open.pop();
  return at + 1;
}

/** Whether the quote at an offset between braces stands behind an `e` that is no part of a longer name. */
function isMarkedBefore(text: string, quote: number): boolean {
  return isEscapeMark(text, quote - 1) && !/[\w$.]/.test(text[quote - 2] ?? '');
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

/** The offset behind a '…' string that opens at `offset`; the offset behind its quote when it is not closed. */
export function rawEnd(text: string, offset: number): number {
  for (let at = offset + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 39) return at + 1;
    if (code === 10 || code === 13) break;
  }
  return offset + 1;
}

/** One piece of a string: text with its escapes resolved, the range of an interpolated expression or of no escape. */
export type StringPiece =
  | { readonly kind: 'text'; readonly text: string }
  | (EscapeRead & { readonly kind: 'wrong-escape' })
  | { readonly kind: 'variable'; readonly name: string; readonly start: number; readonly end: number }
  | { readonly kind: 'expression'; readonly start: number; readonly end: number };

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;

/**
 * The pieces of the closed string at [start, end) of `text`, quotes included in the range. Offsets are those of `text`.
 */
export function stringPieces(text: string, start: number, end: number): StringPiece[] {
  const escapes = isEscapeMark(text, start);
  const quote = escapes ? start + 1 : start;
  const block = text.startsWith('"""', quote) && end - quote >= 6;
  const last = end - (block ? 3 : 1);
  let at = quote + (block ? 3 : 1);
  if (block) at += /^(?:\r\n|\r|\n)?/.exec(text.slice(at, at + 2))?.[0].length ?? 0;
  const pieces: StringPiece[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') pieces.push({ kind: 'text', text: plain });
    plain = '';
  };
  while (at < last) {
    const character = text[at] ?? '';
    const next = text[at + 1];
    if (character === '\\' && escapes) {
      const read = readEscape(text, at, last);
      if (read.text === undefined) {
        flush();
        pieces.push({ kind: 'wrong-escape', ...read });
      } else plain += read.text;
      at = read.end;
    } else if (character === '"' && !block) {
      plain += '"';
      at += 2;
    } else if (character === '$' && next === '$') {
      plain += '$';
      at += 2;
    } else if (character === '$' && next === '{') {
      flush();
      const close = interpolationEnd(text, at + 2, last);
      pieces.push({ kind: 'expression', start: at + 2, end: close });
      at = close + 1;
    } else if (character === '$' && /[A-Za-z_]/.test(next ?? '')) {
      flush();
      namePattern.lastIndex = at + 1;
      const name = namePattern.exec(text)?.[0] ?? '';
      pieces.push({ kind: 'variable', name, start: at, end: at + 1 + name.length });
      at += 1 + name.length;
    } else {
      const stop = nextSpecial(text, at + 1, last, escapes);
      plain += text.slice(at, stop);
      at = stop;
    }
  }
  flush();
  return pieces;
}

function nextSpecial(text: string, from: number, last: number, escapes: boolean): number {
  let at = from;
  while (at < last && text[at] !== '$' && text[at] !== '"' && !(escapes && text[at] === '\\')) at++;
  return at;
}

/** The offset of the brace that closes an interpolation whose inside begins at `from`; the string must be closed. */
function interpolationEnd(text: string, from: number, last: number): number {
  let depth = 0;
  for (let at = from; at < last; at++) {
    const character = text[at];
    if (character === '{') depth++;
    else if (character === '}') {
      if (depth === 0) return at;
      depth--;
    } else if (character === '"') at = stringEnd(text, isMarkedBefore(text, at) ? at - 1 : at) - 1;
    else if (character === "'") at = rawEnd(text, at) - 1;
    if (at < from) return last;
  }
  return last;
}

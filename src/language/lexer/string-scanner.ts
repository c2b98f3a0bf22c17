// Finds the end of a string, and splits the inside of a string into text and interpolations. Neither recurses, so that
// hostile nesting cannot exhaust the JavaScript stack.
//
// Inside "…": "" is a quote, $$ a dollar, $name and ${expression} interpolate; a backslash and a lone $ are ordinary.

/**
 * The offset behind the string that opens at `offset`, or -1 when it is not closed (on its line, for a "…" string).
 * Strings inside `${…}` are followed through, so a quote there does not end the outer string.
 */
export function stringEnd(text: string, offset: number): number {
  const block = text.startsWith('"""', offset);
  return block ? bracedEnd(text, offset, true) : lineStringEnd(text, offset);
}

/** Most strings hold no braces, and are read without a stack. */
function lineStringEnd(text: string, offset: number): number {
  for (let at = offset + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return -1;
    if (code === 36 && text.charCodeAt(at + 1) === 123) return bracedEnd(text, offset, false);
    if (code === 36 && text.charCodeAt(at + 1) === 36) at++;
    else if (code === 34 && text.charCodeAt(at + 1) === 34) at++;
    else if (code === 34) return at + 1;
  }
  return -1;
}

function bracedEnd(text: string, offset: number, block: boolean): number {
  // The open strings, raw strings inside braces, and braces; the innermost is the last.
  const open: ('string' | 'block' | 'brace')[] = [block ? 'block' : 'string'];
  let at = offset + (block ? 3 : 1);
  while (at < text.length) {
    const inside = open[open.length - 1];
    const character = text[at] ?? '';
    if (!block && (character === '\n' || character === '\r')) return -1;
    if (inside === 'brace') {
      if (character === '}') open.pop();
      else if (character === '{') open.push('brace');
      else if (character === '"') open.push('string');
      else if (character === "'") at = rawEnd(text, at) - 1;
      at++;
    } else if (character === '$' && text[at + 1] === '$') at += 2;
    else if (character === '$' && text[at + 1] === '{') {
      open.push('brace');
      at += 2;
    } else if (inside === 'block' && text.startsWith('"""', at)) {
      open.pop();
      at += 3;
    } else if (inside === 'string' && character === '"') {
      if (text[at + 1] === '"') at += 2;
      else {
        open.pop();
        at++;
      }
    } else at++;
    if (open.length === 0) return at;
  }
  return -1;
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

/** One piece of a string: text with its escapes resolved, or the range of an interpolated expression. */
export type StringPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly start: number; readonly end: number }
  | { readonly kind: 'expression'; readonly start: number; readonly end: number };

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;

/**
 * The pieces of the closed string at [start, end) of `text`, quotes included in the range. Offsets are those of `text`.
 */
export function stringPieces(text: string, start: number, end: number): StringPiece[] {
  const block = text.startsWith('"""', start) && end - start >= 6;
  const last = end - (block ? 3 : 1);
  let at = start + (block ? 3 : 1);
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
    if (character === '"' && !block) {
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
      const stop = nextSpecial(text, at + 1, last);
      plain += text.slice(at, stop);
      at = stop;
    }
  }
  flush();
  return pieces;
}

function nextSpecial(text: string, from: number, last: number): number {
  let at = from;
  while (at < last && text[at] !== '$' && text[at] !== '"') at++;
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
    } else if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === "'") at = rawEnd(text, at) - 1;
    if (at < from) return last;
  }
  return last;
}

// The tokens of a script, with the comments, line ends and blank lines between them. The lexer drops these, because
// they mean nothing; the formatter must keep them.
import { continuing, type Token } from '../lexer/token.ts';

export interface Comment {
  /** The comment from its `#`, without blanks at its end. */
  readonly text: string;
  /** Whether a token stands before the comment on its line. */
  readonly trailing: boolean;
  /** Whether an empty line precedes it. */
  readonly afterBlankLine: boolean;
}

/**
 * What kind of line break precedes a token: none; the end of a statement; one inside brackets, or behind a comma or an
 * operator; one that needs a `\`.
 */
export type LineBreak = 'none' | 'statement' | 'inside' | 'backslash';

export interface WrittenToken {
  readonly token: Token;
  readonly lineBreak: LineBreak;
  readonly afterBlankLine: boolean;
  /** The comments between the token before and this one. */
  readonly comments: readonly Comment[];
}

export interface WrittenTokens {
  readonly tokens: readonly WrittenToken[];
  /** Comments behind the last token. */
  readonly last: readonly Comment[];
}

const mark = /#[^\r\n]*|\r\n|\r|\n|\\/g;

/** Line ends and semicolons are no tokens here: they are the `lineBreak` of what follows them. */
export function writtenTokens(text: string, tokens: readonly Token[]): WrittenTokens {
  const found: WrittenToken[] = [];
  const gap = new Gap();
  let at = 0;
  let before: Token | undefined;
  for (const token of tokens) {
    gap.read(text.slice(at, token.start));
    at = token.end;
    if (token.kind === 'terminator') gap.terminate(token.text);
    else {
      found.push({ token, ...gap.close(before) });
      before = token;
    }
  }
  gap.read(text.slice(at));
  return { tokens: found, last: gap.close(before).comments };
}

/** Collects the comments and line breaks between two tokens. */
class Gap {
  #comments: Comment[] = [];
  #lineEnds = 0;
  #atLineStart = true;
  #kind: LineBreak = 'none';

  read(text: string): void {
    for (const [one] of text.matchAll(mark)) {
      if (one.startsWith('#')) {
        this.#comments.push({
          text: one.trimEnd(),
          trailing: !this.#atLineStart,
          afterBlankLine: this.#lineEnds > 1,
        });
        this.#lineEnds = 0;
        this.#atLineStart = false;
      } else if (one === '\\') this.#atLeast('backslash');
      else {
        this.#atLeast('inside');
        this.#endLine();
      }
    }
  }

  terminate(text: string): void {
    this.#kind = 'statement';
    if (text !== ';') this.#endLine();
  }

  close(before: Token | undefined): Omit<WrittenToken, 'token'> {
    const result = {
      lineBreak: before !== undefined && this.#kind === 'backslash' ? continuedBehind(before) : this.#kind,
      afterBlankLine: this.#lineEnds > 1,
      comments: this.#comments,
    };
    this.#comments = [];
    this.#lineEnds = 0;
    this.#atLineStart = false;
    this.#kind = 'none';
    return result;
  }

  #atLeast(kind: 'inside' | 'backslash'): void {
    if (this.#kind === 'none') this.#kind = kind;
  }

  #endLine(): void {
    this.#lineEnds++;
    this.#atLineStart = true;
  }
}

function continuedBehind(before: Token): LineBreak {
  // ELSE and its IF, ON ERROR and its variable stay together.
  if (before.kind === 'else' || before.kind === 'on-error') return 'none';
  // Behind a comma or an operator a line goes on by itself.
  return continuing.has(before.kind) ? 'inside' : 'backslash';
}

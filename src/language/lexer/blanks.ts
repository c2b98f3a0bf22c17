// Blanks, comments, and line ends that do not end a statement: the lexer takes them, and nobody sees them.
import { Lexer } from 'chevrotain';
import { token } from './token-making.ts';

export const Blank = token('Blank', /[ \t\f\v\u00a0\ufeff]+/, { group: Lexer.SKIPPED });
export const BracketBlank = token('BracketBlank', /[ \t\f\v\u00a0\ufeff\r\n]+/, {
  group: Lexer.SKIPPED,
  line_breaks: true,
});
export const Continuation = token('Continuation', /[ \t\f\v\u00a0\ufeff]+\\[ \t]*(?:\r\n|\r|\n)/, {
  group: Lexer.SKIPPED,
  line_breaks: true,
});
export const Comment = token('Comment', /#[^\r\n]*/, { group: Lexer.SKIPPED });
/** In a bracket the blank before a `\` may hold line ends, which are blanks there. */
export const BracketContinuation = token(
  'BracketContinuation',
  /[ \t\f\v\u00a0\ufeff\r\n]*[ \t\f\v\u00a0\ufeff]\\[ \t]*(?:\r\n|\r|\n)/,
  {
    group: Lexer.SKIPPED,
    line_breaks: true,
  },
);

// What the table of tokens (tokens.ts) is made with.
import { type CustomPatternMatcherFunc, createToken, type ITokenConfig, Lexer, type TokenType } from 'chevrotain';

interface Options
  extends Pick<
    ITokenConfig,
    'group' | 'pop_mode' | 'push_mode' | 'categories' | 'label' | 'longer_alt' | 'line_breaks' | 'start_chars_hint'
  > {}

export function token(name: string, pattern: RegExp | CustomPatternMatcherFunc, options: Options = {}): TokenType {
  return createToken({
    name,
    pattern,
    line_breaks: typeof pattern !== 'function' ? (options.line_breaks ?? false) : true,
    ...options,
  });
}

export const abstractToken = (name: string, label: string): TokenType =>
  createToken({ name, label, pattern: Lexer.NA });

/** A match of one sticky pattern at an offset, in the form Chevrotain wants from a pattern function. */
export function stickyMatch(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

export function found(text: string): [string] {
  return [text];
}

// A complement says nothing about its first character, so the lexer is told that it may be any; it looks at characters
// from 256 on in groups of 255.
export const anyCharacter: number[] = [
  ...Array(256).keys(),
  ...Array.from({ length: 256 }, (_, group) => 256 + group * 255),
];

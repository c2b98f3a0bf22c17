// What is wrong with a script, where, and how to mend it. Codes and templates live in the language's catalogue.

/** Offsets in UTF-16 units of the source text; `end` is exclusive. Line and column count from 1. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic {
  /** Stable, as listed in grammar/errors.md, for example `U0102`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly span: Span;
  /** What to write instead. */
  readonly fix?: string;
  /** Other places that have to do with it, such as the two sides of a sum that do not fit. */
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
}

// A script with the files it includes, as one tree. The language reads no files: the caller of a check passes a reader.
//
// A file is included once: the first INCLUDE of a file has its statements, later ones have none. A cycle of INCLUDEs,
// and a file that cannot be read, are reported at the INCLUDE that names the file.
import type { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import { nestingMax } from '../lexer/tokenize.ts';
import type { Block, StatementOf } from '../tree/ast.ts';
import type { SourceText } from '../tree/source-text.ts';
import { parseScript } from './parse.ts';

/**
 * Reads the file that `from` includes by writing `path`. Relative paths count from the folder of `from`. The returned
 * `file` is the name that messages show; it is the same for the same file. A `reason` says why there is no text.
 */
export type ReadIncluded = (
  path: string,
  from: string,
) => { readonly file: string; readonly text: string } | { readonly reason: string };

export function parseProgram(sink: DiagnosticSink, read: ReadIncluded | undefined): Block {
  return new Includer(sink, read).parse(sink.source, []);
}

class Includer {
  readonly #sink: DiagnosticSink;
  readonly #read: ReadIncluded | undefined;
  readonly #known = new Set<string>();

  constructor(sink: DiagnosticSink, read: ReadIncluded | undefined) {
    this.#sink = sink;
    this.#read = read;
  }

  /** `open` are the files whose INCLUDEs lead here. */
  parse(part: SourceText, open: readonly string[]): Block {
    const way = [...open, part.file];
    this.#known.add(part.file);
    return parseScript(this.#sink, part).map((statement) =>
      statement.kind === 'include' ? this.#include(statement, way) : statement,
    );
  }

  #include(statement: StatementOf<'include'>, way: readonly string[]): StatementOf<'include'> {
    const { path, pathRange } = statement;
    const refuse = (reason: string, suggestion: string): typeof statement => {
      this.#sink.report(pathRange, 'U0311', { file: path.slice(0, 200), reason, suggestion });
      return statement;
    };
    // A wrong name was reported by the parser.
    if (path === '') return statement;
    if (this.#read === undefined) return refuse('no files are read here', 'write its statements in its place');
    if (way.length >= nestingMax) return refuse(`files include each other deeper than ${nestingMax}`, 'include less');
    const found = this.#read(path, way.at(-1) ?? '');
    if ('reason' in found) return refuse(found.reason, 'a relative name counts from the folder of this file');
    if (way.includes(found.file)) {
      this.#sink.report(pathRange, 'U0313', { file: found.file });
      return statement;
    }
    if (this.#known.has(found.file)) return { ...statement, body: [] };
    return { ...statement, body: this.parse(this.#sink.source.include(found.file, found.text), way) };
  }
}

// A script in its canonical form: the same meaning, comments where they were, words written out in small letters, one
// statement a line, two blanks for each step of indentation. Formatting a formatted script changes nothing.
//
// A script that cannot be parsed is not formatted. A command that cannot be understood keeps its words as they are.
import type { Diagnostic } from '../../base/diagnostic.ts';
import { bindCommand } from '../checker/commands/bind-command.ts';
import { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import { tokenize } from '../lexer/tokenize.ts';
import { parseScript } from '../parser/parse.ts';
import type { Block, CommandNode } from '../tree/ast.ts';
import { walkBlock } from '../tree/ast-walk.ts';
import type { SourceText } from '../tree/source-text.ts';
import { findBlocks } from './blocks.ts';
import { layOut } from './layout.ts';
import { spellings } from './spelling.ts';
import { writtenTokens } from './written-tokens.ts';

export type Formatted =
  | { readonly text: string; readonly diagnostics: readonly [] }
  /** The text has errors of syntax. */
  | { readonly text?: never; readonly diagnostics: readonly Diagnostic[] };

export function formatScript(source: SourceText): Formatted {
  const sink = new DiagnosticSink(source);
  const block = parseScript(sink);
  if (sink.found.length > 0) return { diagnostics: sink.found };
  const tokens = tokenize(sink).tokens.toArray();
  const written = writtenTokens(source.text, tokens);
  const texts = spellings(written.tokens, commandKeywords(block, source));
  return { text: layOut(written, texts, findBlocks(written.tokens)), diagnostics: [] };
}

/** The parts of all commands that are keywords, by offset, as the catalogue shows them. */
function commandKeywords(block: Block, source: SourceText): ReadonlyMap<number, string> {
  const keywords = new Map<number, string>();
  // Mistakes in commands are dropped here, because the checker reports them.
  const unheard = new DiagnosticSink(source);
  const note = (command: CommandNode): void => {
    const noted = new Map<number, string>();
    const bound = bindCommand(command, unheard, (offset, word) => noted.set(offset, word));
    if (bound !== undefined) for (const [offset, word] of noted) keywords.set(offset, word);
  };
  walkBlock(block, {
    statement: (statement) => {
      if (statement.kind === 'command') note(statement);
      const isAssignment = statement.kind === 'assign' || statement.kind === 'change';
      if (isAssignment && statement.value.kind === 'command') note(statement.value);
    },
  });
  return keywords;
}

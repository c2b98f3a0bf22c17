// Words that an editor shows inside the text, where a reader would have to look elsewhere: the names of parameters at
// the arguments of the script's own functions, and what the variable of a command's result is a handle of.
import { closings, openings, type Token } from '../../language/lexer/token.ts';
import type { Mention } from '../../language/reading/script-reading.ts';
import type { Range } from '../../language/tree/source-text.ts';
import type { Analysis } from '../analysis.ts';

export interface InlayHint {
  readonly offset: number;
  readonly text: string;
  readonly kind: 'parameter' | 'type';
}

/** The hints within a range, in the order of the text. */
export function inlayHints(analysis: Analysis, within: Range): readonly InlayHint[] {
  const { reading } = analysis;
  const atToken = new Map(reading.tokens.map((one, at) => [one.start, at]));
  const hints = reading.mentions
    .filter(({ start, end }) => within.start <= end && start <= within.end)
    .flatMap((mention) => {
      if (mention.kind === 'variable') return typeHint(analysis, mention, atToken.get(mention.start - 1));
      return mention.defines ? [] : parameterHints(analysis, mention, atToken.get(mention.start));
    });
  return hints.sort((one, other) => one.offset - other.offset);
}

/** A literal shows what it is; the result of a command does not. */
function typeHint({ reading, symbols }: Analysis, mention: Mention, at: number | undefined): readonly InlayHint[] {
  const isOfCommand = at !== undefined && reading.tokens[at + 2]?.kind === 'command';
  const symbol = mention.defines && isOfCommand ? symbols.at(mention.end)?.symbol : undefined;
  if (mention.type === undefined || symbol === undefined || symbols.definition(symbol) !== mention) return [];
  return [{ offset: mention.end, text: `: ${mention.type}`, kind: 'type' }];
}

/** None for an argument that is a variable of the parameter's name. */
function parameterHints({ reading, included }: Analysis, call: Mention, at: number | undefined): readonly InlayHint[] {
  const functions = [reading, ...included.map((one) => one.reading)].flatMap((one) => one.functions);
  const called = functions.find((one) => one.name.name === call.name);
  if (called === undefined || at === undefined) return [];
  return argumentStarts(reading.tokens, at + 1).flatMap((token, index): readonly InlayHint[] => {
    const name = called.parameters[index]?.name;
    if (name === undefined || token.text === `$${name}`) return [];
    return [{ offset: token.start, text: `${name}:`, kind: 'parameter' }];
  });
}

/** The first token of each argument behind the bracket at an index. */
function argumentStarts(tokens: readonly Token[], open: number): readonly Token[] {
  const starts: Token[] = [];
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined) break;
    if (closings.has(token.kind) && --depth === 0) break;
    const before = tokens[at - 1]?.kind;
    if (depth === 1 && (at === open + 1 || before === 'comma')) starts.push(token);
    if (openings.has(token.kind)) depth++;
  }
  return starts;
}

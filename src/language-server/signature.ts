// Which call or command the cursor is in the middle of, and which of its parameters it has come to.
import type { IToken } from 'chevrotain';
import { argumentSyntax, syntaxOf } from '../language/catalogue/syntax-text.ts';
import { isKind, unfinishedTokens } from '../language/lexer/tokenize.ts';
import * as tokens from '../language/lexer/tokens.ts';
import { readCommand } from '../language/reading/command-reading.ts';
import { commandParts } from '../language/reading/script-reading.ts';
import type { Analysis } from './analysis.ts';
import { functionHelp, signatureText } from './functions.ts';

export interface Signature {
  readonly label: string;
  readonly help: string;
  /** Each is a part of the label. */
  readonly parameters: readonly { readonly label: string; readonly help?: string }[];
  readonly active: number | undefined;
}

export function signatureAt(analysis: Analysis, offset: number): Signature | undefined {
  const found = unfinishedTokens(analysis.source.text.slice(0, offset));
  return callSignature(found, analysis) ?? commandSignature(found);
}

/** The innermost call that is still open. */
function callSignature(found: readonly IToken[], analysis: Analysis): Signature | undefined {
  let [depth, commas] = [0, 0];
  for (let at = found.length - 1; at > 0; at--) {
    const token = found[at];
    if (token === undefined || isKind(token, tokens.Terminator)) return undefined;
    if (closings.includes(token.tokenType)) depth++;
    else if (openings.includes(token.tokenType) && depth > 0) depth--;
    else if (token.tokenType === tokens.Comma && depth === 0) commas++;
    else if (openings.includes(token.tokenType)) {
      const before = found[at - 1];
      if (token.tokenType !== tokens.OpenRound || before === undefined || !isKind(before, tokens.Name))
        return undefined;
      return functionSignature(before.image, commas, analysis);
    }
  }
  return undefined;
}

const openings: readonly unknown[] = [tokens.OpenRound, tokens.OpenSquare, tokens.OpenCurly, tokens.OpenIndex];
const closings: readonly unknown[] = [tokens.CloseRound, tokens.CloseSquare, tokens.CloseCurly];

function functionSignature(name: string, commas: number, analysis: Analysis): Signature | undefined {
  const help = functionHelp(name, analysis);
  if (help === undefined) return undefined;
  const last = help.parameters.length - 1;
  const active = last === commas - 1 && help.parameters[last] !== '…' ? undefined : Math.min(commas, last);
  return {
    label: signatureText(help),
    help: help.help,
    parameters: help.parameters.map((label) => ({ label })),
    active,
  };
}

function commandSignature(found: readonly IToken[]): Signature | undefined {
  let first = found.length;
  while (first > 0 && !tokens.isStatementStart(found, first)) first--;
  if (found[first + 2]?.tokenType === tokens.CommandStart) first += 2;
  const word = found[first];
  if (word === undefined || !isKind(word, tokens.Word)) return undefined;
  const { definition, parts, expected } = readCommand(commandParts(found, first));
  if (definition === undefined) return undefined;
  const free = expected.free.find((one) => one.words === undefined);
  const due = expected.value ?? free ?? parts[parts.length - 1]?.argument;
  const available = definition.arguments.filter((one) => one.availability === undefined);
  const active = available.findIndex((one) => one.name === due?.name);
  return {
    label: syntaxOf(definition),
    help: definition.summary,
    parameters: available.map((one) => ({ label: argumentSyntax(one), help: one.help })),
    active: active < 0 ? undefined : active,
  };
}

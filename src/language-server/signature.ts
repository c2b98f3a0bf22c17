// Finds the call or command around the cursor, and the parameter at the cursor.
import { argumentSyntax, syntaxOf } from '../language/catalogue/definition/syntax-text.ts';
import { closings, isWord, names, openings, type Token } from '../language/lexer/token.ts';
import type { TokenList } from '../language/lexer/token-list.ts';
import { unfinishedTokens } from '../language/lexer/tokenize.ts';
import { readCommand } from '../language/reading/command-reading.ts';
import { commandParts } from '../language/reading/script-reading.ts';
import type { Analysis } from './analysis.ts';
import { functionHelp, signatureText } from './functions.ts';

export interface Signature {
  readonly label: string;
  readonly help: string;
  /** The label of each parameter is a part of the whole label. */
  readonly parameters: readonly { readonly label: string; readonly help?: string }[];
  readonly active: number | undefined;
}

export function signatureAt(analysis: Analysis, offset: number): Signature | undefined {
  const found = unfinishedTokens(analysis.source.text.slice(0, offset));
  return callSignature(found.toArray(), analysis) ?? commandSignature(found);
}

/** The innermost call that is still open. */
function callSignature(found: readonly Token[], analysis: Analysis): Signature | undefined {
  let [depth, commas] = [0, 0];
  for (let at = found.length - 1; at > 0; at--) {
    const token = found[at];
    if (token === undefined || token.kind === 'terminator') return undefined;
    if (closings.has(token.kind)) depth++;
    else if (openings.has(token.kind) && depth > 0) depth--;
    else if (token.kind === 'comma' && depth === 0) commas++;
    else if (openings.has(token.kind)) {
      const before = found[at - 1];
      if (token.kind !== 'open-round' || before === undefined || !names.has(before.kind)) return undefined;
      return functionSignature(before.text, commas, analysis);
    }
  }
  return undefined;
}

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

function commandSignature(found: TokenList): Signature | undefined {
  let first = found.length;
  while (first > 0 && !found.isStatementStart(first)) first--;
  if (found.kindAt(first + 2) === 'command') first += 2;
  if (!isWord(found.kindAt(first))) return undefined;
  const { definition, parts, expected } = readCommand(commandParts(found.toArray(), first));
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

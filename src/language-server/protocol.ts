// Converts ranges in a text to the shapes of the Language Server Protocol (3.17). Its positions count UTF-16 units, as
// the offsets here do.
import {
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic,
  DiagnosticSeverity,
  type DocumentSymbol,
  type Location,
  type Position,
  type Range as ProtocolRange,
  type SignatureHelp,
  type SymbolInformation,
  SymbolKind,
  type TextEdit,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic as Found } from '../base/diagnostic.ts';
import type { Candidate, Completion } from '../language/reading/completion.ts';
import type { Range, SourceText } from '../language/tree/source-text.ts';
import type { WorkspaceSymbol } from './names/workspace-symbols.ts';
import type { OutlineEntry } from './outline.ts';
import { type SemanticToken, semanticTypes } from './semantic-tokens.ts';
import type { Signature } from './signature.ts';

export function protocolRange(document: TextDocument, { start, end }: Range): ProtocolRange {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** A place in a file that need not be open. */
export function location(source: SourceText, range: Range): Location {
  const position = (offset: number): Position => {
    const { line, column } = source.span({ start: offset, end: offset });
    return { line: line - 1, character: column - 1 };
  };
  return { uri: source.file, range: { start: position(range.start), end: position(range.end) } };
}

export function protocolDiagnostic(document: TextDocument, found: Found): Diagnostic {
  const { code, severity, message, span, fix, related = [] } = found;
  return {
    range: protocolRange(document, span),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: 'understudy',
    message: fix === undefined ? message : `${message}\nfix: ${fix}`,
    relatedInformation: related.map((one) => ({
      location: { uri: document.uri, range: protocolRange(document, one.span) },
      message: one.message,
    })),
  };
}

const itemKinds: Readonly<Record<Candidate['kind'], CompletionItemKind>> = {
  statement: CompletionItemKind.Keyword,
  command: CompletionItemKind.Method,
  option: CompletionItemKind.Property,
  choice: CompletionItemKind.EnumMember,
  variable: CompletionItemKind.Variable,
  property: CompletionItemKind.Property,
  function: CompletionItemKind.Function,
  word: CompletionItemKind.Keyword,
};

export function completionItems(document: TextDocument, offset: number, completion: Completion): CompletionItem[] {
  const range = protocolRange(document, { start: completion.start, end: offset });
  return completion.candidates.map(({ text, kind, detail }) => ({
    label: text,
    kind: itemKinds[kind],
    filterText: text,
    textEdit: { range, newText: text },
    ...(detail === undefined ? {} : { detail }),
  }));
}

export function signatureHelp({ label, help, parameters, active }: Signature): SignatureHelp {
  return {
    signatures: [
      {
        label,
        documentation: help,
        parameters: parameters.map((one) => ({
          label: one.label,
          ...(one.help === undefined ? {} : { documentation: one.help }),
        })),
      },
    ],
    activeSignature: 0,
    activeParameter: active ?? null,
  };
}

const symbolKinds: Readonly<Record<OutlineEntry['kind'], SymbolKind>> = {
  function: SymbolKind.Function,
  variable: SymbolKind.Variable,
  command: SymbolKind.Event,
};

export function documentSymbol(document: TextDocument, entry: OutlineEntry): DocumentSymbol {
  return {
    name: entry.name,
    kind: symbolKinds[entry.kind],
    detail: entry.detail,
    range: protocolRange(document, entry.range),
    selectionRange: protocolRange(document, entry.nameRange),
  };
}

const workspaceSymbolKinds: Readonly<Record<WorkspaceSymbol['kind'], SymbolKind>> = {
  function: SymbolKind.Function,
  task: SymbolKind.Method,
  parameter: SymbolKind.Property,
  variable: SymbolKind.Variable,
};

export function symbolInformation({ name, kind, source, range }: WorkspaceSymbol): SymbolInformation {
  return { name, kind: workspaceSymbolKinds[kind], location: location(source, range) };
}

/** Five numbers for each token: the distance from the token before in lines and units, length, type, modifiers. */
export function encodedTokens(document: TextDocument, found: readonly SemanticToken[]): number[] {
  const data: number[] = [];
  let [line, character] = [0, 0];
  for (const { start, end, type } of found) {
    const at = document.positionAt(start);
    const lines = at.line - line;
    const units = lines === 0 ? at.character - character : at.character;
    data.push(lines, units, end - start, semanticTypes.indexOf(type), 0);
    [line, character] = [at.line, at.character];
  }
  return data;
}

export function textEdit(document: TextDocument, range: Range, newText: string): TextEdit {
  return { range: protocolRange(document, range), newText };
}

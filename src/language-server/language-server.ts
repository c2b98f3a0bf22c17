// The Language Server Protocol over a connection: each request is answered by the pure functions beside this file, and
// their ranges are sent as positions. The server keeps the edited text of each document. It analyses a document at the
// first request, once for each version, and checks it a moment after its last change, so that no half-written word is
// reported.
import {
  type CodeAction,
  CodeActionKind,
  type Connection,
  FoldingRangeKind,
  type InitializeResult,
  type Location,
  LSPErrorCodes,
  ResponseError,
  type TextDocumentPositionParams,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CancelTimer, Clock } from '../base/waiting/clock.ts';
import type { ReadIncluded } from '../language/parser/include.ts';
import { completionsAt } from '../language/reading/completion.ts';
import { type Analysis, analyse } from './analysis.ts';
import { formattingEdit } from './formatting.ts';
import { hoverAt } from './hover.ts';
import { definitionAt, knownNamesAt, obstacleToRename } from './names/names-in-files.ts';
import { foldings, outline } from './outline.ts';
import * as protocol from './protocol.ts';
import { quickFix } from './quick-fixes.ts';
import { semanticTokens, semanticTypes } from './semantic-tokens.ts';
import { signatureAt } from './signature.ts';

/** How long a document must stay unchanged before it is checked. */
export const checkDelayMs = 200;

const capabilities: InitializeResult['capabilities'] = {
  positionEncoding: 'utf-16',
  textDocumentSync: TextDocumentSyncKind.Incremental,
  completionProvider: { triggerCharacters: ['$', ' ', '{'] },
  hoverProvider: true,
  signatureHelpProvider: { triggerCharacters: ['(', ',', ' '] },
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  semanticTokensProvider: { legend: { tokenTypes: [...semanticTypes], tokenModifiers: [] }, full: true },
};

/** Answers until the connection ends. `read` reads the files that scripts include; files are named by their address. */
export function serveLanguage(connection: Connection, clock: Clock, read: ReadIncluded): void {
  new LanguageServer(connection, clock, read).listen();
}

/** The subject of a request: a document as it is now, and a place in it. */
interface Place {
  readonly document: TextDocument;
  readonly analysis: Analysis;
  readonly offset: number;
}

class LanguageServer {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #read: ReadIncluded;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #analyses = new Map<string, { readonly version: number; readonly analysis: Analysis }>();
  readonly #checks = new Map<string, CancelTimer>();

  constructor(connection: Connection, clock: Clock, read: ReadIncluded) {
    this.#connection = connection;
    this.#clock = clock;
    this.#read = read;
  }

  listen(): void {
    const connection = this.#connection;
    connection.onInitialize(() => ({ capabilities, serverInfo: { name: 'understudy' } }));
    this.#documents.onDidChangeContent(({ document }) => this.#checkSoon(document.uri));
    this.#documents.onDidClose(({ document }) => this.#forget(document.uri));
    this.#answerAboutPlaces();
    this.#answerAboutNames();
    this.#answerAboutDocuments();
    this.#documents.listen(connection);
    connection.listen();
  }

  #answerAboutPlaces(): void {
    const connection = this.#connection;
    connection.onCompletion((asked) => {
      const place = this.#place(asked);
      if (place === undefined) return [];
      const { document, analysis, offset } = place;
      const known = knownNamesAt(analysis, offset);
      return protocol.completionItems(document, offset, completionsAt(analysis.source.text, offset, known));
    });
    connection.onHover((asked) => {
      const place = this.#place(asked);
      const found = place && hoverAt(place.analysis, place.offset);
      if (place === undefined || found === undefined) return null;
      const range = protocol.protocolRange(place.document, found.range);
      return { contents: { kind: 'markdown', value: found.markdown }, range };
    });
    connection.onSignatureHelp((asked) => {
      const place = this.#place(asked);
      const found = place && signatureAt(place.analysis, place.offset);
      return found === undefined ? null : protocol.signatureHelp(found);
    });
  }

  #answerAboutNames(): void {
    const connection = this.#connection;
    connection.onDefinition((asked) => {
      const place = this.#place(asked);
      const found = place && definitionAt(place.analysis, place.offset, this.#read);
      return found === undefined ? null : protocol.location(found.source, found.range);
    });
    connection.onReferences((asked) => {
      const place = this.#place(asked);
      const mentions = place?.analysis.symbols.at(place.offset)?.symbol.mentions ?? [];
      if (place === undefined) return [];
      return mentions
        .filter((one) => asked.context.includeDeclaration || !one.defines)
        .map((one) => this.#location(place.document, one));
    });
    connection.onPrepareRename((asked) => {
      const place = this.#place(asked);
      const named = place?.analysis.symbols.at(place.offset);
      if (place === undefined || named === undefined) return null;
      const range = protocol.protocolRange(place.document, named.mention);
      return { range, placeholder: place.analysis.source.slice(named.mention) };
    });
    connection.onRenameRequest((asked) => {
      const place = this.#place(asked);
      const symbol = place?.analysis.symbols.at(place.offset)?.symbol;
      if (place === undefined || symbol === undefined) return null;
      const newName = asked.newName.replace(/^\$/, '');
      const obstacle = obstacleToRename(place.analysis, symbol, newName);
      if (obstacle !== undefined) throw new ResponseError(LSPErrorCodes.RequestFailed, obstacle);
      const edits = symbol.mentions.map((one) => protocol.textEdit(place.document, one, newName));
      return { changes: { [place.document.uri]: edits } };
    });
  }

  #answerAboutDocuments(): void {
    const connection = this.#connection;
    connection.onCodeAction((asked) => {
      const found = this.#analysed(asked.textDocument.uri);
      if (found === undefined) return [];
      const [from, to] = [found.document.offsetAt(asked.range.start), found.document.offsetAt(asked.range.end)];
      return found.analysis.diagnostics
        .filter(({ span }) => span.start <= to && from <= span.end)
        .flatMap((diagnostic): CodeAction[] => {
          const fix = quickFix(diagnostic, found.analysis.source);
          if (fix === undefined) return [];
          const edit = protocol.textEdit(found.document, fix.range, fix.text);
          const diagnostics = [protocol.protocolDiagnostic(found.document, diagnostic)];
          const changes = { [found.document.uri]: [edit] };
          return [{ title: fix.title, kind: CodeActionKind.QuickFix, diagnostics, edit: { changes } }];
        });
    });
    connection.onDocumentFormatting(({ textDocument }) => {
      const found = this.#analysed(textDocument.uri);
      const edit = found && formattingEdit(found.analysis.source);
      return found && edit ? [protocol.textEdit(found.document, edit.range, edit.text)] : [];
    });
    connection.onDocumentSymbol(({ textDocument }) => {
      const found = this.#analysed(textDocument.uri);
      return found ? outline(found.analysis).map((one) => protocol.documentSymbol(found.document, one)) : [];
    });
    connection.onFoldingRanges(({ textDocument }) => {
      const found = this.#analysed(textDocument.uri);
      return (found ? foldings(found.analysis) : []).map(({ startLine, endLine, kind }) => ({
        startLine: startLine - 1,
        endLine: endLine - 1,
        ...(kind === 'comment' ? { kind: FoldingRangeKind.Comment } : {}),
      }));
    });
    connection.languages.semanticTokens.on(({ textDocument }) => {
      const found = this.#analysed(textDocument.uri);
      const data = found ? protocol.encodedTokens(found.document, semanticTokens(found.analysis.reading)) : [];
      return { data };
    });
  }

  #place({ textDocument, position }: TextDocumentPositionParams): Place | undefined {
    const found = this.#analysed(textDocument.uri);
    return found && { ...found, offset: found.document.offsetAt(position) };
  }

  #analysed(uri: string): Omit<Place, 'offset'> | undefined {
    const document = this.#documents.get(uri);
    if (document === undefined) return undefined;
    const { version } = document;
    const known = this.#analyses.get(uri);
    if (known?.version === version) return { document, analysis: known.analysis };
    const analysis = analyse(uri, document.getText(), this.#read);
    this.#analyses.set(uri, { version, analysis });
    return { document, analysis };
  }

  #location(document: TextDocument, range: { readonly start: number; readonly end: number }): Location {
    return { uri: document.uri, range: protocol.protocolRange(document, range) };
  }

  #checkSoon(uri: string): void {
    this.#checks.get(uri)?.();
    const cancel = this.#clock.after(checkDelayMs, () => {
      this.#checks.delete(uri);
      const found = this.#analysed(uri);
      if (found === undefined) return;
      const diagnostics = found.analysis.diagnostics.map((one) => protocol.protocolDiagnostic(found.document, one));
      void this.#connection.sendDiagnostics({ uri, version: found.document.version, diagnostics });
    });
    this.#checks.set(uri, cancel);
  }

  #forget(uri: string): void {
    this.#checks.get(uri)?.();
    this.#checks.delete(uri);
    this.#analyses.delete(uri);
    // The editor must not go on showing diagnostics of a closed document.
    void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }
}

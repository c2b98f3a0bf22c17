// The Language Server Protocol over a connection: each request is answered by the pure functions beside this file, and
// their ranges are sent as positions. The server keeps the edited text of each document. It analyses a document at the
// first request, once for each version, and checks it a moment after its last change, so that no half-written word is
// reported.
import {
  type CodeAction,
  CodeActionKind,
  type Connection,
  DidChangeWatchedFilesNotification,
  DocumentHighlightKind,
  FoldingRangeKind,
  InlayHintKind,
  LSPErrorCodes,
  ResponseError,
  type TextDocumentPositionParams,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CancelTimer, Clock } from '../base/waiting/clock.ts';
import type { Mention } from '../language/reading/script-reading.ts';
import type { ScriptSymbol } from '../language/reading/symbols.ts';
import { type Analysis, analyse } from './analysis.ts';
import { type Client, capabilitiesFor, clientOf } from './capabilities.ts';
import { formattingEdit } from './formatting.ts';
import { hoverAt } from './hover.ts';
import { inlayHints } from './margin/inlay-hints.ts';
import { lenses } from './margin/lenses.ts';
import { links } from './margin/links.ts';
import { completionsIn } from './names/completions.ts';
import { definitionAt } from './names/names-in-files.ts';
import { obstacleAtWord, obstacleToAnyName, obstacleToName } from './names/renaming.ts';
import { type SameName, sameName } from './names/same-names.ts';
import { type KnownScripts, type ScriptFiles, Scripts } from './names/scripts.ts';
import { workspaceSymbols } from './names/workspace-symbols.ts';
import { foldings, outline } from './outline.ts';
import * as protocol from './protocol.ts';
import { quickFix } from './quick-fixes.ts';
import { semanticTokens } from './semantic-tokens.ts';
import { signatureAt } from './signature.ts';

/** How long a document must stay unchanged before it is checked. */
export const checkDelayMs = 200;

/** Answers until the connection ends. Files are only read. */
export function serveLanguage(connection: Connection, clock: Clock, files: ScriptFiles): void {
  new LanguageServer(connection, clock, files).listen();
}

/** The subject of a request: a document as it is now, and a place in it. */
interface Place {
  readonly document: TextDocument;
  readonly analysis: Analysis;
  readonly offset: number;
}

interface Named {
  readonly symbol: ScriptSymbol;
  readonly mention: Mention;
  readonly known: KnownScripts;
  readonly same: SameName;
}

class LanguageServer {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #analyses = new Map<string, { readonly version: number; readonly analysis: Analysis }>();
  readonly #checks = new Map<string, CancelTimer>();
  readonly #scripts: Scripts;
  #client: Client | undefined;

  constructor(connection: Connection, clock: Clock, files: ScriptFiles) {
    this.#connection = connection;
    this.#clock = clock;
    this.#scripts = new Scripts(files, () => this.#documents.all());
  }

  listen(): void {
    const connection = this.#connection;
    connection.onInitialize((asked) => {
      const client = clientOf(asked);
      this.#client = client;
      this.#scripts.set(client.folders, client.watchesFiles);
      return { capabilities: capabilitiesFor(client), serverInfo: { name: 'understudy' } };
    });
    connection.onInitialized(() => this.#followFiles());
    connection.onDidChangeWatchedFiles(() => {
      this.#scripts.changed();
      this.#checkIncluders(({ reading }) => reading.includes.length > 0);
    });
    this.#documents.onDidChangeContent(({ document }) => this.#changed(document.uri));
    this.#documents.onDidClose(({ document }) => this.#forget(document.uri));
    this.#answerAboutPlaces();
    this.#answerAboutNames();
    this.#answerAboutRenaming();
    this.#answerAboutDocuments();
    this.#answerAboutMargins();
    this.#documents.listen(connection);
    connection.listen();
  }

  #answerAboutPlaces(): void {
    const connection = this.#connection;
    connection.onCompletion((asked) => {
      const place = this.#place(asked);
      if (place === undefined) return [];
      const { document, analysis, offset } = place;
      return protocol.completionItems(document, offset, completionsIn(analysis, offset, this.#scripts.read));
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
      const found = place && definitionAt(place.analysis, place.offset, this.#scripts.read);
      return found === undefined ? null : protocol.location(found.source, found.range);
    });
    connection.onReferences((asked) => {
      const same = this.#named(asked)?.same;
      return [...(same?.symbols ?? [])].flatMap(([{ reading }, { mentions }]) =>
        mentions
          .filter((one) => asked.context.includeDeclaration || !one.defines)
          .map((one) => protocol.location(reading.source, one)),
      );
    });
    connection.onDocumentHighlight((asked) => {
      const place = this.#place(asked);
      const mentions = place?.analysis.symbols.at(place.offset)?.symbol.mentions ?? [];
      if (place === undefined) return [];
      return mentions.map((one) => ({
        range: protocol.protocolRange(place.document, one),
        kind: one.defines ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      }));
    });
    connection.onWorkspaceSymbol(({ query }) =>
      workspaceSymbols(this.#scripts.all(), query).map(protocol.symbolInformation),
    );
  }

  #answerAboutRenaming(): void {
    const connection = this.#connection;
    connection.onPrepareRename((asked) => {
      const place = this.#place(asked);
      const named = this.#named(asked);
      if (place === undefined) return null;
      const obstacle =
        named === undefined
          ? obstacleAtWord(place.analysis, place.offset)
          : obstacleToAnyName(named.symbol, named.same);
      if (obstacle !== undefined) throw new ResponseError(LSPErrorCodes.RequestFailed, obstacle);
      if (named === undefined) return null;
      const range = protocol.protocolRange(place.document, named.mention);
      return { range, placeholder: place.analysis.source.slice(named.mention) };
    });
    connection.onRenameRequest((asked) => {
      const place = this.#place(asked);
      const named = this.#named(asked);
      if (place === undefined) return null;
      const newName = asked.newName.replace(/^\$/, '');
      const obstacle =
        named === undefined
          ? obstacleAtWord(place.analysis, place.offset)
          : obstacleToName(named.known, named.symbol, named.same, newName);
      if (obstacle !== undefined) throw new ResponseError(LSPErrorCodes.RequestFailed, obstacle);
      if (named === undefined) return null;
      const edits = [...named.same.symbols].map(([script, { mentions }]) => ({
        textDocument: { uri: script.uri, version: script.version },
        edits: mentions.map((one) => ({
          range: protocol.location(script.reading.source, one).range,
          newText: newName,
        })),
      }));
      if (this.#client?.takesVersions) return { documentChanges: edits };
      return { changes: Object.fromEntries(edits.map((one) => [one.textDocument.uri, one.edits])) };
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

  #answerAboutMargins(): void {
    const connection = this.#connection;
    connection.languages.inlayHint.on(({ textDocument, range }) => {
      const found = this.#analysed(textDocument.uri);
      if (found === undefined) return [];
      const { document, analysis } = found;
      const within = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
      return inlayHints(analysis, within).map(({ offset, text, kind }) => ({
        position: document.positionAt(offset),
        label: text,
        kind: kind === 'type' ? InlayHintKind.Type : InlayHintKind.Parameter,
        paddingRight: kind === 'parameter',
      }));
    });
    connection.onDocumentLinks(({ textDocument }) => {
      const found = this.#analysed(textDocument.uri);
      if (found === undefined) return [];
      return links(found.analysis, this.#scripts.read).map(({ target, ...range }) => ({
        range: protocol.protocolRange(found.document, range),
        target,
      }));
    });
    connection.onCodeLens(({ textDocument: { uri } }) => {
      const found = this.#analysed(uri);
      if (found === undefined) return [];
      return lenses(found.analysis).map(({ title, command, offset }) => ({
        range: protocol.protocolRange(found.document, { start: offset, end: offset }),
        command: { title, command, arguments: [uri] },
      }));
    });
  }

  #followFiles(): void {
    const [connection, client] = [this.#connection, this.#client];
    if (client?.watchesFiles) {
      const watchers = [{ globPattern: '**/*.dtcl' }];
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    if (client?.tellsFolders)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => uri));
        const kept = this.#scripts.folders.filter((one) => !gone.has(one));
        this.#scripts.set([...kept, ...added.map(({ uri }) => uri)]);
      });
  }

  /** What is named at a place, and the files that use the name for the same thing. */
  #named(asked: TextDocumentPositionParams): Named | undefined {
    const place = this.#place(asked);
    const known = this.#scripts.all();
    const script = place && known.byAddress.get(this.#scripts.address(place.document.uri));
    const named = place && script?.symbols.at(place.offset);
    if (script === undefined || named === undefined) return undefined;
    return { ...named, known, same: sameName(known, script, named.symbol) };
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
    const analysis = analyse(uri, document.getText(), this.#scripts.read);
    this.#analyses.set(uri, { version, analysis });
    return { document, analysis };
  }

  #changed(uri: string): void {
    this.#scripts.changed();
    this.#checkSoon(uri);
    this.#checkIncluders(this.#includes(uri));
  }

  #includes(uri: string): (analysis: Analysis) => boolean {
    const address = this.#scripts.address(uri);
    return ({ included }) => included.some((one) => this.#scripts.address(one.reading.source.file) === address);
  }

  /** Analyses anew the open documents that include what has changed. */
  #checkIncluders(isConcerned: (analysis: Analysis) => boolean): void {
    for (const [uri, { analysis }] of this.#analyses) {
      if (!isConcerned(analysis)) continue;
      this.#analyses.delete(uri);
      this.#checkSoon(uri);
    }
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
    this.#scripts.changed();
    this.#checkIncluders(this.#includes(uri));
    // The editor must not go on showing diagnostics of a closed document.
    void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }
}

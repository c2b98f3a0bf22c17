// What the server says that it can do, to a client that says what it can do itself.
import {
  CodeActionKind,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import { lensCommands } from './margin/lenses.ts';
import { semanticTypes } from './semantic-tokens.ts';

export interface Client {
  /** The addresses of the folders that it has open. */
  readonly folders: readonly string[];
  /** Whether it tells when a file on disk changes. */
  readonly watchesFiles: boolean;
  readonly tellsFolders: boolean;
  /** Whether an edit may say for which version of a document it is. */
  readonly takesVersions: boolean;
  readonly hasLensCommands: boolean;
  readonly asksBeforeRename: boolean;
}

/**
 * The protocol has no word for the commands that a client carries out itself; so it names them in
 * `initializationOptions`, as `{commands: ["understudy.run", …]}`.
 */
export function clientOf({ capabilities, initializationOptions, workspaceFolders, rootUri }: InitializeParams): Client {
  const { workspace, textDocument } = capabilities;
  const root = rootUri === null || rootUri === undefined ? [] : [rootUri];
  const commands: unknown = initializationOptions?.commands;
  return {
    folders: workspaceFolders?.map(({ uri }) => uri) ?? root,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    tellsFolders: workspace?.workspaceFolders === true,
    takesVersions: workspace?.workspaceEdit?.documentChanges === true,
    hasLensCommands: Array.isArray(commands) && lensCommands.every((one) => commands.includes(one)),
    asksBeforeRename: textDocument?.rename?.prepareSupport === true,
  };
}

export function capabilitiesFor(client: Client): InitializeResult['capabilities'] {
  return {
    // Every client has this one.
    positionEncoding: 'utf-16',
    textDocumentSync: TextDocumentSyncKind.Incremental,
    completionProvider: { triggerCharacters: ['$', '.', ' ', '{'] },
    hoverProvider: true,
    signatureHelpProvider: { triggerCharacters: ['(', ',', ' '] },
    definitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    renameProvider: client.asksBeforeRename ? { prepareProvider: true } : true,
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
    documentSymbolProvider: true,
    workspaceSymbolProvider: true,
    documentLinkProvider: {},
    inlayHintProvider: true,
    ...(client.hasLensCommands ? { codeLensProvider: {} } : {}),
    foldingRangeProvider: true,
    documentFormattingProvider: true,
    semanticTokensProvider: { legend: { tokenTypes: [...semanticTypes], tokenModifiers: [] }, full: true },
    ...(client.tellsFolders ? { workspace: { workspaceFolders: { supported: true, changeNotifications: true } } } : {}),
  };
}

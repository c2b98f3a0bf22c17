// The scripts that an editor works with: the open documents as they are edited, the scripts in the folders of its
// workspace, and what all of these include. A document that is open counts with the text of the editor, not with the
// file on disk.
//
// Files are told apart by their addresses; an editor may write the same address in several ways.
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ReadIncluded } from '../../language/parser/include.ts';
import { readScript, type ScriptReading } from '../../language/reading/script-reading.ts';
import { Symbols } from '../../language/reading/symbols.ts';

/** The files of a workspace. Nothing here is written. */
export interface ScriptFiles {
  readonly read: ReadIncluded;
  /** The address that is the same for every way to write it. */
  address(uri: string): string;
  /** Undefined when there is no such file, or none that can be read. */
  text(address: string): string | undefined;
  /** The scripts in a folder and the folders in it: at most `max`, none when it cannot be read. */
  scriptsBelow(folder: string, max: number): { readonly addresses: readonly string[]; readonly isWhole: boolean };
}

export interface KnownScript {
  /** As the editor writes it. */
  readonly uri: string;
  /** The version of the open document; null for a file on disk. */
  readonly version: number | null;
  /** Whether the editor has it open, or has the folder that it is in. */
  readonly isOwn: boolean;
  readonly reading: ScriptReading;
  readonly symbols: Symbols;
  /** The addresses of what it includes itself. */
  readonly includes: readonly string[];
  /** The names that it includes but that cannot be read. */
  readonly unread: readonly string[];
}

export interface KnownScripts {
  readonly byAddress: ReadonlyMap<string, KnownScript>;
  /** False when there are more scripts than are read. */
  readonly isWhole: boolean;
}

/** The most scripts that are read; a workspace with more is a folder that was opened by mistake. */
export const knownScriptsMax = 2000;

export class Scripts {
  readonly #files: ScriptFiles;
  readonly #open: () => readonly TextDocument[];
  #folders: readonly string[] = [];
  #isWatched = false;
  #known: KnownScripts | undefined;
  /** What was read of a text stays right as long as the text is the same. */
  #readings: ReadonlyMap<string, Pick<KnownScript, 'reading' | 'symbols'>> = new Map();

  constructor(files: ScriptFiles, open: () => readonly TextDocument[]) {
    this.#files = files;
    this.#open = open;
  }

  /** Reads what scripts include, from the editor where it has the file open. */
  readonly read: ReadIncluded = (path, from) => {
    const found = this.#files.read(path, from);
    const document = 'reason' in found ? undefined : this.#document(found.file);
    return document === undefined ? found : { file: document.uri, text: document.getText() };
  };

  /** `isWatched`: the editor says when a script on disk changes, so none is read again before that. */
  set(folders: readonly string[], isWatched = this.#isWatched): void {
    this.#folders = folders;
    this.#isWatched = isWatched;
    this.changed();
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  address(uri: string): string {
    return this.#files.address(uri);
  }

  /** To be called when the text of a document or a file has changed. */
  changed(): void {
    this.#known = undefined;
  }

  all(): KnownScripts {
    if (this.#known === undefined || !this.#isWatched) this.#known = this.#find();
    return this.#known;
  }

  #document(address: string): TextDocument | undefined {
    return this.#open().find(({ uri }) => uri === address || this.#files.address(uri) === address);
  }

  #find(): KnownScripts {
    const documents = new Map(this.#open().map((one) => [this.#files.address(one.uri), one]));
    const inFolders = this.#folders.map((one) => this.#files.scriptsBelow(one, knownScriptsMax));
    const own = new Set([...documents.keys(), ...inFolders.flatMap((one) => one.addresses)]);
    const byAddress = new Map<string, KnownScript>();
    const waiting = [...own];
    for (const address of waiting) {
      if (byAddress.has(address)) continue;
      if (byAddress.size === knownScriptsMax) break;
      const script = this.#read(address, documents.get(address), own.has(address));
      if (script === undefined) continue;
      byAddress.set(address, script);
      waiting.push(...script.includes);
    }
    this.#readings = byAddress;
    return { byAddress, isWhole: inFolders.every((one) => one.isWhole) && byAddress.size < knownScriptsMax };
  }

  #read(address: string, document: TextDocument | undefined, isOwn: boolean): KnownScript | undefined {
    const text = document?.getText() ?? this.#files.text(address);
    if (text === undefined) return undefined;
    const uri = document?.uri ?? address;
    const before = this.#readings.get(address);
    const isSame = before?.reading.source.text === text && before.reading.source.file === uri;
    const reading = isSame ? before.reading : readScript(uri, text);
    const symbols = isSame ? before.symbols : new Symbols(reading);
    const [includes, unread]: [string[], string[]] = [[], []];
    for (const { path } of reading.includes) {
      const found = this.#files.read(path, uri);
      if ('reason' in found) unread.push(path);
      else includes.push(this.#files.address(found.file));
    }
    return { uri, version: document?.version ?? null, isOwn, reading, symbols, includes, unread };
  }
}

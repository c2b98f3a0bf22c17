// Completion at the prompt: the words that the language allows next, and the names of what exists now.
import type { Argument } from '../language/catalogue/definition/definition.ts';
import { completionsAt, type KnownNames, type PropertyPlace } from '../language/reading/completion.ts';
import type { LiveNames } from './live-names.ts';

export interface Completion {
  /** Whole replacements for the text from `start` on, in the order to show them. */
  readonly candidates: readonly string[];
  /** Where in the text the word being completed begins. */
  readonly start: number;
}

/** Where the file of a path is: on the server that is the source or the target, or with the person at the prompt. */
export type PathPlace = 'source' | 'target' | 'here';

/** What exists now; asked for only when it may come next, while the operator waits. */
export interface Surroundings {
  readonly liveNames: () => Promise<LiveNames>;
  /** The names of the properties of a value; none when it has none. */
  readonly properties: (place: PropertyPlace) => Promise<readonly string[]>;
  /** The files and folders whose paths begin so; folders end with a slash. */
  readonly paths: (written: string, place: PathPlace) => Promise<readonly string[]>;
}

/** Completes the end of a text. */
export async function complete(text: string, known: KnownNames, around: Surroundings): Promise<Completion> {
  const saved = /^\s*save\s+(["']?[^"']*)$/i.exec(text)?.[1];
  if (saved !== undefined) return pathCompletion(text, text.length - saved.length, 'here', around);
  const { start, candidates, arguments: due, property } = completionsAt(text, text.length, known);
  const written = unquoted(text.slice(start));
  if (property !== undefined) {
    const names = await around.properties(property);
    return { candidates: names.filter((one) => one.toLowerCase().startsWith(written)).sort(), start };
  }
  const live = due.length === 0 ? [] : argumentsFor(due, await around.liveNames());
  const prompts = /^\s*\w*$/.test(text) ? promptWords(/[a-z]/.test(text)) : [];
  const fitting = [...live, ...prompts].filter((one) => unquoted(one).startsWith(written));
  const place = due.map(placeOf).find((one) => one !== undefined);
  const paths = place === undefined ? [] : (await pathCompletion(text, start, place, around)).candidates;
  return { candidates: [...new Set([...candidates.map((one) => one.text), ...fitting, ...paths])].sort(), start };
}

/** Where the file of an argument is; undefined when the argument is no path. */
function placeOf({ name, words, type }: Argument): PathPlace | undefined {
  if (type === 'mapping') return 'source';
  if (type !== 'path') return undefined;
  if (name === 'file') return 'here';
  // The path behind TO in a mapping, and the folders of SNAPSHOT MOUNT and ORPHANS MOVE.
  return words === 'MAP' || name === 'folder' ? 'target' : 'source';
}

async function pathCompletion(
  text: string,
  start: number,
  place: PathPlace,
  around: Surroundings,
): Promise<Completion> {
  const typed = text.slice(start);
  const quote = /^["']/.exec(typed)?.[0] ?? '';
  const bare = typed.slice(quote.length);
  const written = quote === '"' ? bare.replaceAll('""', '"').replaceAll('$$', '$') : bare;
  const paths = await around.paths(written, place);
  return { candidates: paths.map((one) => pathText(one, quote)).sort(), start };
}

/** A path as a command writes it. The quote of a folder stays open, because more may follow. */
function pathText(path: string, quote: string): string {
  if (quote === '' && /^[\w./-]+$/.test(path)) return path;
  const inside = quote === "'" ? path : path.replaceAll('"', '""').replaceAll('$', '$$$$');
  const mark = quote === '' ? '"' : quote;
  return path.endsWith('/') ? mark + inside : mark + inside + mark;
}

/** Words that only the prompt has. */
function promptWords(inSmallLetters: boolean): readonly string[] {
  return ['SAVE', 'QUIT'].map((word) => (inSmallLetters ? word.toLowerCase() : word));
}

function unquoted(text: string): string {
  return text.replace(/^["']/, '').toLowerCase();
}

/** The names as a command writes them. A connection's name is in quotes: a bare word that is like an option is not taken for it. */
function argumentsFor(due: readonly Argument[], live: LiveNames): readonly string[] {
  return due.flatMap(({ type, name }) => {
    if (type === 'server') return live.servers.map(wordOrString);
    if (type === 'connection') return live.connections.flatMap((one) => [String(one.number), quoted(one.name)]);
    return name === 'repset' ? live.replicationSets.map(wordOrString) : [];
  });
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll('$', '$$$$')}"`;
}

function wordOrString(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) ? name : quoted(name);
}

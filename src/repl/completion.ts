// Completion at the prompt: the words that the language allows next, and the names of what exists now.
import type { Argument } from '../language/catalogue/definition/definition.ts';
import { completionsAt, type KnownNames } from '../language/reading/completion.ts';
import type { LiveNames } from './live-names.ts';

export interface Completion {
  /** Whole replacements for the text from `start` on, in the order to show them. */
  readonly candidates: readonly string[];
  /** Where in the text the word being completed begins. */
  readonly start: number;
}

/** Completes the end of a text. Live names are asked for only when one may come next. */
export async function complete(
  text: string,
  known: KnownNames,
  liveNames: () => Promise<LiveNames>,
): Promise<Completion> {
  const { start, candidates, arguments: due } = completionsAt(text, text.length, known);
  const live = due.length === 0 ? [] : argumentsFor(due, await liveNames());
  const written = unquoted(text.slice(start));
  const prompts = /^\s*\w*$/.test(text) ? promptWords(/[a-z]/.test(text)) : [];
  const fitting = [...live, ...prompts].filter((one) => unquoted(one).startsWith(written));
  return { candidates: [...new Set([...candidates.map((one) => one.text), ...fitting])].sort(), start };
}

/** Words that only the prompt has. */
function promptWords(inSmallLetters: boolean): readonly string[] {
  return ['SAVE', 'QUIT'].map((word) => (inSmallLetters ? word.toLowerCase() : word));
}

function unquoted(text: string): string {
  return text.replace(/^["']/, '').toLowerCase();
}

/** The names as a command writes them. A connection's name is in quotes: a bare word is never taken for it. */
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

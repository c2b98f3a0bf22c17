// What could be written next at the prompt: what the language offers, and the names of what lives now.
import type { Argument } from '../language/catalogue/definition/definition.ts';
import { completionsAt, type KnownNames } from '../language/reading/completion.ts';
import type { LiveNames } from './live-names.ts';

export interface Completion {
  /** Whole replacements for the text from `start` on, in the order to show them. */
  readonly candidates: readonly string[];
  /** Where in the text the word being completed begins. */
  readonly start: number;
}

/** Completes the end of a text; live names are asked for only where one may stand. */
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

/** What only the prompt knows. */
function promptWords(inSmallLetters: boolean): readonly string[] {
  return ['SAVE', 'QUIT'].map((word) => (inSmallLetters ? word.toLowerCase() : word));
}

function unquoted(text: string): string {
  return text.replace(/^["']/, '').toLowerCase();
}

/** As they are written in a command. A connection has a number and a name, and a word is never taken for its name. */
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

// The context of a verb's action, and the options that several verbs share.
import { Option } from 'commander';
import { parseLiteral } from '../../language/values/units.ts';
import { type CommandLine, homeFolder, UsageError } from '../command-line.ts';

export interface VerbContext {
  readonly commandLine: CommandLine;
  /** Takes the verb's exit code. */
  readonly finish: (exitCode: number) => void;
  /** The folder that --home names, or the default one, for a verb that only looks at it. */
  readonly home: (options: HomeOptions) => Promise<string>;
  /** The same for a verb that writes there: it is made when there is none. */
  readonly ownHome: (options: HomeOptions) => Promise<string>;
}

interface HomeOptions {
  readonly home?: string;
}

export function verbContext(commandLine: CommandLine, finish: (exitCode: number) => void): VerbContext {
  const named = ({ home }: HomeOptions): string => homeFolder(home, commandLine.environment);
  return {
    commandLine,
    finish,
    home: async (options) => (await import('../servers/home-folder.ts')).readableHome(named(options)),
    ownHome: async (options) => (await import('../servers/home-folder.ts')).writableHome(named(options)),
  };
}

export const homeOption = (): Option => new Option('--home <folder>', "the server's folder; default by the XDG rules");

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${text} is no whole number`);
  return Number(text);
}

/** Milliseconds, of a duration as a script has it: 90s, 1h. */
export function durationOf(text: string): number {
  const value = /^\d/.test(text) ? parseLiteral(text) : undefined;
  if (typeof value === 'object' && value.kind === 'duration') return value.ms;
  throw new UsageError(`${text} is no duration, such as 30m`);
}

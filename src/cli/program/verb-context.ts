// The context of a verb's action, and the options that several verbs share.
import { Option } from 'commander';
import { type CommandLine, homeFolder, UsageError } from '../command-line.ts';

export interface VerbContext {
  readonly commandLine: CommandLine;
  /** Takes the verb's exit code. */
  readonly finish: (exitCode: number) => void;
  /** The folder that --home names, or the default one. */
  readonly home: (options: { readonly home?: string }) => string;
}

export function verbContext(commandLine: CommandLine, finish: (exitCode: number) => void): VerbContext {
  return { commandLine, finish, home: (options) => homeFolder(options.home, commandLine.environment) };
}

export const homeOption = (): Option => new Option('--home <folder>', "the server's folder; default by the XDG rules");

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${text} is no whole number`);
  return Number(text);
}

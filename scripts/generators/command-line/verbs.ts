// The command line as data, from the definitions that its help is printed from. Manual pages and completions are made of it.
import type { Command, Option } from 'commander';
import { commandProgram } from '../../../src/cli/program.ts';

/** What stands behind an option or as a word, as far as a shell can complete it. */
export type WordKind = 'script' | 'file' | 'folder' | 'text' | readonly string[];

export interface VerbOption {
  /** `--home`, and `-h` in front of it where there is a short form. */
  readonly names: readonly string[];
  /** What stands behind it, `folder`; undefined for one without a value. */
  readonly value: { readonly name: string; readonly kind: WordKind } | undefined;
  readonly required: boolean;
  readonly description: string;
  readonly default: string | undefined;
}

export interface VerbWord {
  readonly name: string;
  readonly kind: WordKind;
  readonly description: string;
  readonly required: boolean;
  readonly repeated: boolean;
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** All behind the name. */
  readonly usage: string;
  readonly options: readonly VerbOption[];
  readonly words: readonly VerbWord[];
  readonly verbs: readonly Verb[];
}

/** The program itself is a verb without one in front. */
export async function programVerb(): Promise<Verb> {
  const nobody = () => undefined;
  const commandLine = { out: nobody, note: nobody, interruption: new AbortController().signal, environment: {} };
  return verbOf(await commandProgram(undefined, commandLine, nobody));
}

function verbOf(command: Command): Verb {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.description(),
    usage: command.usage(),
    options: help.visibleOptions(command).map(optionOf),
    words: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      kind: /^files?$/.test(argument.name()) ? 'script' : kindOf(argument.name(), argument.argChoices),
      description: argument.description,
      required: argument.required,
      repeated: argument.variadic,
    })),
    verbs: command.commands.map(verbOf),
  };
}

function optionOf(option: Option): VerbOption {
  const value = /<([^>]+)>/.exec(option.flags)?.[1];
  return {
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
    value: value === undefined ? undefined : { name: value, kind: kindOf(value, option.argChoices) },
    required: option.mandatory,
    description: option.description,
    default: option.defaultValue === undefined || option.negate ? undefined : String(option.defaultValue),
  };
}

function kindOf(name: string, choices: readonly string[] | undefined): WordKind {
  if (choices !== undefined) return choices;
  if (name === 'folder') return 'folder';
  if (/^files?$/.test(name)) return 'file';
  return 'text';
}

// The flags that say what a script may reach of the machine on which it runs, the same for every verb that executes one.
// Each may be given any number of times; without any the script reaches nothing.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Allowance } from '../../runtime/machine/allowance.ts';

export function addAllowOptions(command: Command): Command {
  for (const [flag, help] of flags)
    command.addOption(new Option(flag, `${help}; may be repeated`).argParser(collected).default([], 'none'));
  return command;
}

const flags: readonly (readonly [flag: string, help: string])[] = [
  ['--allow-read <folder>', 'a folder below which READ FILE may read'],
  ['--allow-program <path>', 'a program that RUN PROGRAM may run'],
  ['--allow-env <name>', 'a variable that ENVIRONMENT may give to the script'],
];

interface AllowOptions {
  readonly allowRead?: readonly string[];
  readonly allowEnv?: readonly string[];
  readonly allowProgram?: readonly string[];
}

/** What the options allow that commander has read. */
export function allowanceOf({ allowRead = [], allowEnv = [], allowProgram = [] }: AllowOptions): Allowance {
  const read = allowRead.map((folder) => resolve(folder));
  return { read, environment: allowEnv, programs: allowProgram.map((path) => resolve(path)), by: 'flags' };
}

/** For an option that may be given again: its values, in order. */
export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

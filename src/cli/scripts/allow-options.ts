// The flags that say what a script may reach of the machine on which it runs, the same for every verb that executes one.
// Each may be given any number of times; without any the script reaches nothing.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Allowance } from '../../runtime/machine/allowance.ts';

export function addAllowOptions(command: Command): Command {
  return command.addOption(
    new Option('--allow-read <folder>', 'a folder below which READ FILE may read; may be repeated')
      .argParser(collected)
      .default([], 'none'),
  );
}

/** What the options allow that commander has read. */
export function allowanceOf({ allowRead = [] }: { readonly allowRead?: readonly string[] }): Allowance {
  return { read: allowRead.map((folder) => resolve(folder)), environment: [], programs: [], by: 'flags' };
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

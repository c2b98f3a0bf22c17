// The verbs that put a filter over folders, and take one away.
import type { Command } from 'commander';
import { homeOption, type VerbContext } from './verb-context.ts';

export function addMount(program: Command, { commandLine, finish, ownHome }: VerbContext): void {
  program
    .command('mount')
    .description('put a filter over folders, before any program uses them, for CONNECT ... CAPTURE FILTER')
    .argument('<folder...>', 'all folders of one connection')
    .addOption(homeOption())
    .action(async (folders: string[], options) => {
      const { mount } = await import('../verbs/server/filters.ts');
      finish(await mount(await ownHome(options), folders, commandLine));
    });
}

export function addUnmount(program: Command, { commandLine, finish }: VerbContext): void {
  program
    .command('unmount')
    .description('take the filter away that is over folders')
    .argument('<folder...>', 'where filters are mounted')
    .action(async (folders: string[]) => {
      const { unmount } = await import('../verbs/server/filters.ts');
      finish(await unmount(folders, commandLine));
    });
}

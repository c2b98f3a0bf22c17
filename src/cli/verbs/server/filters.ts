// `understudy mount FOLDER…` and `understudy unmount FOLDER…`: put a filter over folders before any program uses them (at boot, or before
// CONNECT … CAPTURE FILTER), and take one away. The server of the home finds the filter when it captures exactly these folders.
import { displayPath, rawFromText, withoutDots } from '../../../base/raw-path.ts';
import { earlyUsers, usersText } from '../../../platform/filter-capture/early-users.ts';
import { mountFilter, socketFolder, unmountFilter } from '../../../platform/filter-capture/filter-capture.ts';
import { filterAt } from '../../../platform/filtered-folders/mounted-filters.ts';
import { type CommandLine, exitCodes, UsageError } from '../../command-line.ts';

/** Throws a Failure for the first folder that cannot be filtered; nothing is mounted then. */
export async function mount(home: string, folders: readonly string[], commandLine: CommandLine): Promise<number> {
  const roots = folders.map(absolute);
  const present = roots.map((root) => filterAt(root));
  if (present.every((filter, index) => filter?.mountPoint === roots[index])) {
    for (const root of roots) commandLine.out(`${displayPath(root)} is filtered already`);
    return exitCodes.success;
  }
  const { guardProcess } = await mountFilter(socketFolder(home), roots);
  for (const root of roots) commandLine.out(`${displayPath(root)} is filtered`);
  const users = await earlyUsers(roots, guardProcess);
  if (users.length > 0) {
    commandLine.note(
      `warning: ${usersText(users)} used the folder before, and go past the filter: start them anew to have every write captured`,
    );
  }
  return exitCodes.success;
}

/** Throws a Failure for a folder without a filter. */
export async function unmount(folders: readonly string[], { out }: CommandLine): Promise<number> {
  for (const root of folders.map(absolute)) {
    unmountFilter(root);
    out(
      `${displayPath(root)} is filtered no more; programs that have a file open keep it through the filter until they close it`,
    );
  }
  return exitCodes.success;
}

function absolute(folder: string): string {
  const path = folder.startsWith('/') ? withoutDots(rawFromText(folder)) : undefined;
  if (path === undefined) throw new UsageError(`${folder} is no absolute path without ..`);
  return path;
}

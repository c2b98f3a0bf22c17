// What a target says in its welcome. To a source on the same machine that includes the folders that the target writes to: none
// of them is a part of a workload.
import type { Files, FileTree } from '../../ports/files.ts';
import { encodeControl, type Hello, type Welcome, welcomeSchema, wireVersions } from '../../wire/control-messages.ts';
import type { TargetState } from './target-state.ts';

interface OwnFolders {
  readonly files: Files;
  readonly machineId: string;
  readonly home: string;
  readonly trees: readonly FileTree[];
  readonly graveyards: readonly FileTree[];
}

export function encodeWelcome(
  { epoch, dataState: state }: TargetState,
  more: Omit<Welcome, 'version' | 'epoch' | 'state'>,
): Buffer {
  return encodeControl(welcomeSchema, { version: wireVersions[1], epoch, state, ...more });
}

/** Nothing for a source elsewhere: where this server keeps its own is not its business. */
export async function ownFoldersFor(
  hello: Hello,
  { files, machineId, home, trees, graveyards }: OwnFolders,
): Promise<Pick<Welcome, 'ownFolders'>> {
  if (hello.machine?.id !== machineId) return {};
  const locations = [home, ...[...trees, ...graveyards].map(({ location }) => location)];
  return { ownFolders: await Promise.all(locations.map((location) => files.place(location))) };
}

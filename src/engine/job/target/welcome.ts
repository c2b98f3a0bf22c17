// What a target says in its welcome. To a source on the same machine that includes the folders that the target writes to: none
// of them is a part of a workload.
import type { Files, FileTree } from '../../../ports/files.ts';
import {
  encodeControl,
  type Hello,
  type Welcome,
  welcomeSchema,
  wireVersions,
} from '../../../wire/control-messages.ts';
import type { ReplicaRules } from '../../apply/replica/replica-rules.ts';
import type { TargetState } from './target-state.ts';

/** What a job on its target writes to; the folders are its to close. */
export interface ReplicaParts {
  /** One per root. */
  readonly trees: readonly FileTree[];
  /** One per root: a folder outside the replica, on its file system where possible, for removed objects. */
  readonly graveyards: readonly FileTree[];
  readonly rules: ReplicaRules;
}

interface Terms extends ReplicaParts {
  readonly files: Files;
  readonly machineId: string;
  readonly home: string;
}

export function encodeWelcome(
  { epoch, dataState: state }: TargetState,
  more: Omit<Welcome, 'version' | 'epoch' | 'state'>,
): Buffer {
  return encodeControl(welcomeSchema, { version: wireVersions[1], epoch, state, ...more });
}

/** What the replica keeps, and the target's own folders: not for a source elsewhere, which has no business with these. */
export async function termsFor(
  hello: Hello,
  { files, machineId, home, trees, graveyards, rules }: Terms,
): Promise<Pick<Welcome, 'policy' | 'ownFolders'>> {
  const replicas = await Promise.all(trees.map(({ location }) => files.place(location)));
  const honoursSetId = replicas.some(({ ignoresSetId }) => !ignoresSetId);
  const terms = rules.policy === undefined ? {} : { policy: { ...rules.policy, honoursSetId } };
  if (hello.machine?.id !== machineId) return terms;
  const others = [home, ...graveyards.map(({ location }) => location)];
  const places = await Promise.all(others.map((location) => files.place(location)));
  return { ...terms, ownFolders: [...replicas, ...places] };
}

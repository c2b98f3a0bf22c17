// The welcome of a target. A source on the same machine is also told the folders to which the target writes, because
// they must not be part of a workload.
import { optionsOf } from '../../../model/options/job-edit.ts';
import {
  encodeControl,
  type Hello,
  optionsSince,
  type Welcome,
  welcomeSchema,
  wireVersions,
} from '../../../wire/control-messages.ts';
import type { TargetJobParts } from './target-job-parts.ts';
import type { TargetState } from './target-state.ts';

export function encodeWelcome(
  { versions: [, highest] }: Hello,
  { epoch, dataState: state, specification }: TargetState,
  more: Omit<Welcome, 'version' | 'epoch' | 'state'>,
): Buffer {
  const version = Math.min(wireVersions[1], highest);
  const options = optionsOf(specification);
  const edited = version >= optionsSince && options.revision > 0 ? { options } : {};
  return encodeControl(welcomeSchema, { version, epoch, state, ...edited, ...more });
}

/** The rules of the replica; only for a source on the same machine also the target's own folders. */
export async function termsFor(
  hello: Hello,
  parts: Pick<TargetJobParts, 'files' | 'machineId' | 'home' | 'trees' | 'graveyards' | 'rules'>,
): Promise<Pick<Welcome, 'policy' | 'ownFolders'>> {
  const { files, machineId, home, trees, graveyards, rules } = parts;
  const replicas = await Promise.all(trees.map(({ location }) => files.place(location)));
  const honoursSetId = replicas.some(({ ignoresSetId }) => !ignoresSetId);
  const terms = rules.policy === undefined ? {} : { policy: { ...rules.policy, honoursSetId } };
  if (hello.machine?.id !== machineId) return terms;
  const others = [home, ...graveyards.map(({ location }) => location)];
  const places = await Promise.all(others.map((location) => files.place(location)));
  return { ...terms, ownFolders: [...replicas, ...places] };
}

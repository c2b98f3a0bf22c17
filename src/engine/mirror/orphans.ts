// What of an orphan may be removed. An object that a rule excludes is shielded and stays wherever it lies (guide, ch. 3,
// General Options, wildcards), and so does what was in the replica before the first mirror of a job that keeps orphans. A
// folder that holds such an object is taken apart around it.
import { joinRaw, type RawPath } from '../../base/raw-path.ts';
import type { ReplicaEntry } from '../../model/stream/listing.ts';
import type { Selection } from '../sending/selection.ts';
import type { ReplicaView } from './replica-view.ts';

export interface OrphanShare {
  /** The topmost paths that may go: the orphan itself, or, when something in it stays, the parts around that. */
  readonly paths: readonly RawPath[];
  /** How many names would go, those in folders too. */
  readonly names: number;
  /** Topmost places that stay because the job keeps them. */
  readonly kept: number;
}

export async function orphanParts(
  view: { readonly selection: Selection; readonly replica: ReplicaView; readonly keeps: boolean },
  root: number,
  path: RawPath,
  entry: Pick<ReplicaEntry, 'kind' | 'isKept'>,
): Promise<OrphanShare> {
  if (view.keeps && entry.isKept === true) return { paths: [], names: 0, kept: 1 };
  if (entry.kind !== 'directory') return { paths: [path], names: 1, kept: 0 };
  const { selection, replica } = view;
  const paths: RawPath[] = [];
  let [names, kept, isWhole] = [1, 0, true];
  for (const inner of (await replica.list(root, path, false)) ?? []) {
    const below = joinRaw(path, inner.name);
    const parts = selection.shields(root, below)
      ? { paths: [], names: 0, kept: 0 }
      : await orphanParts(view, root, below, inner);
    if (parts.paths.length !== 1 || parts.paths[0] !== below) isWhole = false;
    for (const part of parts.paths) paths.push(part);
    names += parts.names;
    kept += parts.kept;
  }
  return isWhole ? { paths: [path], names, kept } : { paths, names: names - 1, kept };
}

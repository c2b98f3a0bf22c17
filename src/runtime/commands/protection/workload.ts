// Turns a replication set and the MAP of a CONNECT into the roots and rules of a job.
//
// The folder of each include (of a path with a wildcard: the folder in front of it) is a root, unless it lies below
// another such folder. Each rule belongs to the root it lies in. MAP EXACT puts each root at the same path on the
// target. MAP path TO path says where the roots at or below that path go; every root must then have a MAP. The include
// that makes a root comes first among its rules, so that an exclude added before it still counts; the other rules keep
// the order of the set, and the last that matches decides (engine/sending/selection.ts).
import { rawFromText, withoutDots } from '../../../base/raw-path.ts';
import { invalidParameter } from '../../../language/values/host.ts';
import type { JobRoot, SelectionRule } from '../../../model/job.ts';
import type { ReplicationRule, ReplicationSet } from '../../stores/replication-sets.ts';

export interface PathMapping {
  readonly source: string;
  readonly target: string;
}

export interface Workload {
  readonly roots: readonly JobRoot[];
  readonly rules: readonly SelectionRule[];
}

/** An absolute path without `.`, `..`, doubled or trailing slashes; -101 for one that is not absolute. */
export function plainPath(path: string): string {
  if (!path.startsWith('/'))
    throw invalidParameter(`the path ${path} is not absolute`, `write it in full, such as /srv/${path}`);
  const plain = withoutDots(path);
  if (plain === undefined) throw invalidParameter(`the path ${path} contains ..`, 'write where it leads instead');
  return plain;
}

/** `mappings` is `exact` or the pairs of MAP, whose paths are plain. */
export function workloadOf(set: ReplicationSet, mappings: 'exact' | readonly PathMapping[]): Workload {
  const sources = rootPaths(set);
  if (sources.length === 0) {
    const hint = `add a folder: REPSET RULE ADD "/path" INCLUDE TO ${set.name}, then REPSET SAVE`;
    throw invalidParameter(`the replication set ${set.name} includes no folder`, hint);
  }
  const roots = sources.map((source) => ({ source, replica: replicaOf(source, mappings, set) }));
  const used = mappings === 'exact' ? [] : mappings;
  for (const { source } of used) {
    if (sources.some((root) => isWithin(root, source))) continue;
    throw invalidParameter(
      `MAP names ${source}, which is no path of the replication set ${set.name}`,
      `its paths are: ${sources.join(', ')}`,
    );
  }
  return {
    roots: roots.map(({ source, replica }) => ({ source: rawFromText(source), replica: rawFromText(replica) })),
    rules: [...wholeRoots(set, sources), ...set.rules.flatMap((rule) => selectionRules(rule, sources, set.name))],
  };
}

function rootPaths(set: ReplicationSet): string[] {
  const included = set.rules.filter((rule) => rule.action === 'include').map((rule) => folderOf(rule.path));
  const distinct = [...new Set(included)];
  return distinct.filter((path) => !distinct.some((other) => other !== path && isWithin(path, other)));
}

/** The part of a rule's path in front of its wildcard. */
function folderOf(path: string): string {
  if (!hasWildcard(path)) return path;
  const slash = path.lastIndexOf('/');
  return slash === 0 ? '/' : path.slice(0, slash);
}

function replicaOf(source: string, mappings: 'exact' | readonly PathMapping[], set: ReplicationSet): string {
  if (mappings === 'exact') return source;
  const fitting = mappings.filter((mapping) => isWithin(source, mapping.source));
  const nearest = fitting.sort((one, other) => other.source.length - one.source.length)[0];
  if (nearest === undefined) {
    throw invalidParameter(
      `MAP says nothing of ${source}, a path of the replication set ${set.name}`,
      `add to CONNECT: MAP "${source}" TO "/where/it/goes"`,
    );
  }
  const below = source === nearest.source ? '' : relativeTo(source, nearest.source);
  return below === '' ? nearest.target : plainPath(`${nearest.target}/${below}`);
}

/**
 * One rule for each root that is included as a folder, not only by wildcards: it includes everything below the root.
 */
function wholeRoots(set: ReplicationSet, roots: readonly string[]): SelectionRule[] {
  return roots.flatMap((path, root) => {
    const whole = set.rules.some((rule) => rule.action === 'include' && rule.path === path);
    return whole ? [{ action: 'include', root, pattern: '' }] : [];
  });
}

function selectionRules(rule: ReplicationRule, roots: readonly string[], setName: string): SelectionRule[] {
  const root = roots.findIndex((path) => isWithin(rule.path, path));
  if (root < 0) {
    throw invalidParameter(
      `the rule ${rule.action} ${rule.path} lies in no folder that ${setName} includes`,
      `included are: ${roots.join(', ')}`,
    );
  }
  const below = relativeTo(rule.path, roots[root] ?? '');
  if (rule.depth === 'flat') return flatRules(rule, root, below);
  if (below === '' && rule.action === 'include') return [];
  return [{ action: rule.action, root, pattern: rawFromText(below) }];
}

/** A folder without its sub-folders: an exclude leaves out everything two levels below the folder. */
function flatRules(rule: ReplicationRule, root: number, below: string): SelectionRule[] {
  if (rule.action === 'exclude' || hasWildcard(rule.path)) {
    throw invalidParameter(
      `NORECURSIVE is not possible for the rule ${rule.action} ${rule.path}`,
      'NORECURSIVE works for the include of a folder; exclude single names without it',
    );
  }
  const inside = below === '' ? '' : `${below}/`;
  const itself: SelectionRule[] = below === '' ? [] : [{ action: 'include', root, pattern: rawFromText(below) }];
  return [...itself, { action: 'exclude', root, pattern: rawFromText(`${inside}*/*`) }];
}

function hasWildcard(path: string): boolean {
  return /[*?]/.test(path);
}

function isWithin(path: string, ancestor: string): boolean {
  return ancestor === '/' || path === ancestor || path.startsWith(`${ancestor}/`);
}

function relativeTo(path: string, ancestor: string): string {
  return path.slice(ancestor === '/' ? 1 : ancestor.length + 1);
}

// Which paths of a job's roots belong to its workload. Rules are tried from the last to the first and the first that
// matches decides; with no match a path belongs, unless the root has rules that include by pattern: then only those files do
// (guide, ch. 3, General Options, wildcards). Directories on the way to something are always part of it, unless excluded.
import { isWithin, type RawPath } from '../../base/raw-path.ts';
import type { SelectionRule } from '../../model/job.ts';

interface CompiledRule {
  readonly include: boolean;
  readonly matches: RegExp;
}

export class Selection {
  readonly #rules = new Map<number, { readonly rules: readonly CompiledRule[]; readonly byPattern: boolean }>();
  /** By root, what is no part of the workload whatever the rules say. */
  readonly #leftOut = new Map<number, Set<RawPath>>();

  constructor(rules: readonly SelectionRule[]) {
    const byRoot = Map.groupBy(rules, (rule) => rule.root);
    for (const [root, own] of byRoot) {
      this.#rules.set(root, {
        rules: own.map((rule) => ({ include: rule.action === 'include', matches: compile(rule.pattern) })).reverse(),
        byPattern: own.some((rule) => rule.action === 'include' && rule.pattern !== ''),
      });
    }
  }

  /** From now on nothing at this path and below belongs to the workload, and the replica's is left alone. True when it did before. */
  leaveOut(root: number, path: RawPath): boolean {
    if (this.leavesOut(root, path)) return false;
    this.#leftOut.set(root, (this.#leftOut.get(root) ?? new Set()).add(path));
    return true;
  }

  leavesOut(root: number, path: RawPath): boolean {
    for (const folder of this.#leftOut.get(root) ?? []) if (isWithin(path, folder)) return true;
    return false;
  }

  includes(root: number, path: RawPath, isDirectory: boolean): boolean {
    if (this.leavesOut(root, path)) return false;
    const own = this.#rules.get(root);
    if (own === undefined || path === '') return true;
    for (const rule of own.rules) {
      if (rule.matches.test(path)) return rule.include;
    }
    return isDirectory || !own.byPattern;
  }

  /** Whether anything of this root can be shielded at all. */
  excludes(root: number): boolean {
    return this.#leftOut.has(root) || (this.#rules.get(root)?.rules.some((rule) => !rule.include) ?? false);
  }

  /** Whether a rule that excludes decides about this path: then what the replica has there is left alone. */
  shields(root: number, path: RawPath): boolean {
    if (this.leavesOut(root, path)) return true;
    const decisive = this.#rules.get(root)?.rules.find((rule) => rule.matches.test(path));
    return decisive !== undefined && !decisive.include;
  }
}

/**
 * A plain path stands for itself and everything below. A last component with `*` or `?` matches names at any depth below the
 * directory it stands in, and everything below them.
 */
function compile(pattern: string): RegExp {
  const literal = (text: string): string => text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const wild = (text: string): string => literal(text).replace(/\*/g, '[^/]*').replace(/\?/g, '[^/]');
  const slash = pattern.lastIndexOf('/');
  const name = pattern.slice(slash + 1);
  const folder = wild(pattern.slice(0, slash + 1));
  const below = '(?:/[\\s\\S]*)?$';
  if (pattern === '') return /^/;
  return /[*?]/.test(name)
    ? new RegExp(`^${folder}(?:[\\s\\S]*/)?${wild(name)}${below}`)
    : new RegExp(`^${folder}${literal(name)}${below}`);
}

// What scripts may read and run on the machine where they run, beside its servers: files below some folders, some
// variables of the environment, some programs. All else is refused. Names are compared as they are written: a folder by
// its whole components, a variable and a program letter by letter; a path with `..` is below no folder. So what a name
// leads to is no matter here; the door of `ports/files.ts` sees to it that a path stays below its folder.
import { Failure } from '../../base/failure.ts';
import { isWithin } from '../../base/raw-path.ts';
import type { Permission } from '../../language/catalogue/definition/definition.ts';
import type { RefusalOf } from '../../language/checker/commands/check-literals.ts';

export interface Allowance {
  /** Absolute folders. */
  readonly read: readonly string[] | 'any';
  readonly environment: readonly string[] | 'any';
  /** Absolute paths. */
  readonly programs: readonly string[] | 'any';
  /** Who gives leave: the operator who starts the script, or the configuration of the server on which it runs. */
  readonly by: 'flags' | 'server';
}

export const nothingAllowed: Allowance = { read: [], environment: [], programs: [], by: 'flags' };

export interface Refusal {
  /** A sentence without a final dot. */
  readonly reason: string;
  readonly hint: string;
}

interface Words {
  readonly operation: string;
  readonly flag: string;
  readonly setting: string;
  /** What the list has to name. */
  readonly listed: string;
  readonly list: 'read' | 'environment' | 'programs';
}

const words: Readonly<Record<Permission, Words>> = {
  read: {
    operation: 'read the file',
    flag: '--allow-read',
    setting: 'scripts.read',
    listed: 'a folder above it',
    list: 'read',
  },
  environment: {
    operation: 'read the variable of the environment',
    flag: '--allow-env',
    setting: 'scripts.environment',
    listed: 'it',
    list: 'environment',
  },
  program: {
    operation: 'run the program',
    flag: '--allow-program',
    setting: 'scripts.programs',
    listed: 'it',
    list: 'programs',
  },
};

/** Why the script may not, and what its operator can do about it; undefined when it may. */
export function refusalOf(allowance: Allowance, permission: Permission, subject: string): Refusal | undefined {
  const { flag, setting, listed, list } = words[permission];
  const allowed = allowance[list];
  if (allowed === 'any' || allowed.some((one) => covers(permission, one, subject))) return undefined;
  const example = permission === 'read' ? folderOf(subject) : subject;
  return allowance.by === 'flags'
    ? { reason: `no ${flag} names ${listed}`, hint: `allow it with ${flag} ${example}` }
    : {
        reason: `${setting} in the server.json of this server does not name ${listed}`,
        hint: `its operator allows it with "${example}" in ${setting}`,
      };
}

/** The same for the checker, which knows no allowances. */
export function refusalsBy(allowance: Allowance): RefusalOf {
  return (permission, subject) => refusalOf(allowance, permission, subject);
}

/** Throws `NOT-ALLOWED`. */
export function requireAllowed(allowance: Allowance, permission: Permission, subject: string): void {
  const refusal = refusalOf(allowance, permission, subject);
  if (refusal === undefined) return;
  throw new Failure({ code: 'NOT-ALLOWED', operation: words[permission].operation, subject, ...refusal });
}

/** For a plan: what the server on which a block will run has to allow. */
export function settingFor(permission: Permission): string {
  return words[permission].setting;
}

function covers(permission: Permission, allowed: string, subject: string): boolean {
  if (permission !== 'read') return allowed === subject;
  const folder = allowed.replace(/\/+$/, '');
  return !subject.split('/').includes('..') && isWithin(subject, folder) && subject !== folder;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

// Accounts of this machine, as passwd(5) and group(5) list them. Accounts that come over the network (LDAP) are not local
// accounts: a task must be able to start when the network is what failed.
import { readFile } from 'node:fs/promises';

export interface LocalAccount {
  readonly name: string;
  readonly userId: number;
  readonly groupId: number;
  /** Every group it belongs to, its own first. */
  readonly groupIds: readonly number[];
  readonly home: string;
}

/** The account of this name or with this user number; undefined when there is none. */
export async function findLocalAccount(wanted: string | number): Promise<LocalAccount | undefined> {
  for (const [name, , user, group, , home] of await recordsOf('/etc/passwd')) {
    const userId = Number(user);
    const groupId = Number(group);
    if (name === undefined || home === undefined || (name !== wanted && userId !== wanted)) continue;
    return { name, userId, groupId, groupIds: await groupsOf(name, groupId), home };
  }
  return undefined;
}

async function groupsOf(name: string, groupId: number): Promise<number[]> {
  const groupIds = new Set([groupId]);
  for (const [, , group, members] of await recordsOf('/etc/group')) {
    if (members?.split(',').includes(name)) groupIds.add(Number(group));
  }
  return [...groupIds];
}

async function recordsOf(file: string): Promise<string[][]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(':'));
}

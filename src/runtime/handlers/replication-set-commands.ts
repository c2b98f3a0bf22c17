// REPSET CREATE, RULE ADD, SAVE, LIST. Changes live in the session until REPSET SAVE, as in the original.
import { CommandError, commandErrorCodes } from '../../language/host.ts';
import { list, none, record } from '../../language/value.ts';
import type { CommandContext, CommandHandlers } from '../command-context.ts';
import { type ReplicationSet, sameSetName } from '../replication-sets.ts';
import { plainPath } from '../workload.ts';

export const replicationSetHandlers: CommandHandlers = {
  'repset.create': async (given, { session, replicationSets }) => {
    const name = given.text('name');
    // A set that exists is begun anew: a script that makes its set must run a second time as it did the first.
    const saved = await replicationSets.find(name);
    session.keepDraft({ name: saved?.name ?? name, rules: [] });
    return none;
  },

  'repset.rule.add': async (given, context) => {
    const set = await setNamed(given.optionalText('repset'), context);
    const rule = {
      action: given.choice<'include' | 'exclude'>('action'),
      path: plainPath(given.text('path')),
      depth: given.choice<'recursive' | 'flat'>('depth'),
    };
    refuseInnerWildcard(rule.path);
    const others = set.rules.filter((other) => other.path !== rule.path);
    context.session.keepDraft({ ...set, rules: [...others, rule] });
    return none;
  },

  'repset.save': async (given, context) => {
    const set = await setNamed(given.optionalText('name'), context);
    await context.replicationSets.save(set);
    context.session.dropDraft(set.name);
    return none;
  },

  'repset.list': async (_given, { session, replicationSets, write }) => {
    const drafts = session.drafts();
    const saved = (await replicationSets.list()).filter(
      (set) => !drafts.some((draft) => sameSetName(draft.name, set.name)),
    );
    write('- List of rep sets -');
    for (const set of saved) write(`${set.name}  ${rulesText(set)}`);
    for (const set of drafts) write(`${set.name}  ${rulesText(set)} (not saved)`);
    return list([
      ...saved.map(({ name }) => record({ name, saved: true })),
      ...drafts.map(({ name }) => record({ name, saved: false })),
    ]);
  },
};

/** The set of this name, or the current one, with what this session changed; -101 when there is none. */
async function setNamed(name: string | undefined, context: CommandContext): Promise<ReplicationSet> {
  const { session, replicationSets } = context;
  const wanted = name ?? session.currentSetName;
  if (wanted === undefined) {
    const message = 'there is no current replication set';
    throw new CommandError(commandErrorCodes.invalidParameter, message, 'make one: REPSET CREATE name');
  }
  const set = session.draft(wanted) ?? (await replicationSets.find(wanted));
  if (set !== undefined) return set;
  const known = [...session.drafts(), ...(await replicationSets.list())].map((one) => one.name).join(', ');
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `there is no replication set ${wanted}`,
    known === '' ? `make it: REPSET CREATE ${wanted}` : `there are: ${known}`,
  );
}

function refuseInnerWildcard(path: string): void {
  if (!/[*?]/.test(path.slice(0, path.lastIndexOf('/')))) return;
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `the path ${path} has a wildcard in the middle`,
    'wildcards stand in the last name of a path',
  );
}

function rulesText({ rules }: ReplicationSet): string {
  if (rules.length === 0) return 'no rules';
  return rules
    .map(
      ({ path, action, depth }) => `${path} ${action === 'include' ? 'inc' : 'exc'}${depth === 'flat' ? '' : ', rec'}`,
    )
    .join('; ');
}

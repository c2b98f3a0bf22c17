// REPSET CREATE, USE, RULE ADD and REMOVE, SAVE, DELETE, LIST, DISPLAY, CALC. Changes exist only in the session until
// REPSET SAVE, as in the original.
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { list, record, size } from '../../../language/values/value.ts';
import type { RuleAction } from '../../../model/job.ts';
import type { JobReport } from '../../../model/report.ts';
import { type ReplicationSet, sameSetName } from '../../stores/replication-sets.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';
import { plainPath, workloadOf } from './workload.ts';

export const replicationSetHandlers: CommandHandlers = {
  'repset.create': async (given, { session, replicationSets }) => {
    const name = given.newName('name');
    // REPSET CREATE empties a set that exists, so that a script that makes its set works the same when it runs again.
    const saved = await replicationSets.find(name);
    session.keepDraft({ name: saved?.name ?? name, rules: [] });
    return success;
  },

  'repset.rule.add': async (given, context) => {
    const set = await setNamed(given.optionalText('repset'), context);
    const rule = {
      action: given.choice<RuleAction>('action'),
      path: plainPath(given.text('path')),
      depth: given.choice<'recursive' | 'flat'>('depth'),
    };
    refuseInnerWildcard(rule.path);
    const others = set.rules.filter((other) => other.path !== rule.path);
    context.session.keepDraft({ ...set, rules: [...others, rule] });
    return success;
  },

  'repset.save': async (given, context) => {
    const set = await setNamed(given.optionalText('name'), context);
    await context.replicationSets.save(set);
    context.session.dropDraft(set.name);
    return success;
  },

  'repset.use': async (given, context) => {
    context.session.currentSetName = (await setNamed(given.text('name'), context)).name;
    return success;
  },

  'repset.rule.remove': async (given, context) => {
    const set = await setNamed(given.optionalText('repset'), context);
    const path = plainPath(given.text('path'));
    const rules = set.rules.filter((rule) => rule.path !== path);
    if (rules.length === set.rules.length) {
      const known = set.rules.map((rule) => rule.path).join(', ');
      throw new CommandError(
        commandErrorCodes.invalidParameter,
        `the replication set ${set.name} has no rule for ${path}`,
        known === '' ? 'it has no rules' : `it has rules for: ${known}`,
      );
    }
    context.session.keepDraft({ ...set, rules });
    return success;
  },

  'repset.delete': async (given, context) => {
    const { session, replicationSets } = context;
    const set = await setNamed(given.text('name'), context);
    await refuseUsed(set, context);
    session.dropDraft(set.name);
    if (session.currentSetName !== undefined && sameSetName(session.currentSetName, set.name)) {
      session.currentSetName = undefined;
    }
    await replicationSets.remove(set.name);
    return success;
  },

  'repset.display': async (given, context) => {
    const set = await setNamed(given.optionalText('name'), context);
    const saved = context.session.draft(set.name) === undefined ? '' : ' (not saved)';
    context.write(`- Replication set ${set.name}${saved} -`);
    for (const rule of set.rules) context.write(ruleText(rule));
    return list(set.rules.map(({ path, action, depth }) => record({ path, action, recursive: depth === 'recursive' })));
  },

  'repset.calc': async (given, context) => {
    const set = await setNamed(given.optionalText('name'), context);
    const workload = workloadOf(set, 'exact');
    const { bytes, files, directories } = await (await context.session.source()).workloads.calculate(workload);
    context.write(`${set.name}: ${bytes} bytes in ${files} files and ${directories} folders`);
    return record({ code: success, bytes: size(bytes), files, directories });
  },

  'repset.list': async (_given, context) => {
    const { session, replicationSets, write } = context;
    const drafts = session.drafts();
    const saved = (await replicationSets.list()).filter(
      (set) => !drafts.some((draft) => sameSetName(draft.name, set.name)),
    );
    const sets = [...saved, ...drafts];
    const width = Math.max(0, ...sets.map(({ name }) => name.length));
    const jobs = await sourceJobs(context).catch(() => undefined);
    write('- List of rep sets -');
    const values = sets.map((set) => {
      const isSaved = !drafts.includes(set);
      const state = stateOf(set, jobs);
      write(`${set.name.padEnd(width)}  ${state}${isSaved ? '' : ' (not saved)'}`);
      return record({ name: set.name, saved: isSaved, state });
    });
    return list(values);
  },
};

/** `disabled` is the word of the original for a set that no connection uses (DTCL reference, transcript). */
function stateOf(set: ReplicationSet, jobs: readonly JobReport[] | undefined): 'enabled' | 'disabled' | 'unknown' {
  if (jobs === undefined) return 'unknown';
  return jobs.some((job) => sameSetName(job.replicationSet, set.name)) ? 'enabled' : 'disabled';
}

/** The connections whose source is the server of SOURCE, or of this home. */
async function sourceJobs({ session }: CommandContext): Promise<readonly JobReport[]> {
  const server = session.sourceName === undefined ? session.local() : await session.source();
  return ((await server?.jobs.list()) ?? []).filter((job) => job.role === 'source');
}

/** The set of this name, or the current one, with this session's changes. Throws -101 when there is none. */
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

/** A set that a connection uses cannot be deleted (DTCL reference). */
async function refuseUsed(set: ReplicationSet, context: CommandContext): Promise<void> {
  const used = (await sourceJobs(context)).find((job) => sameSetName(job.replicationSet, set.name));
  if (used === undefined) return;
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `the replication set ${set.name} is used by connection ${used.number}`,
    `end it first: DISCONNECT ${used.number}`,
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

/** A rule as the original shows it: `volume\\directory inc, rec` (DTCL reference). */
function ruleText({ path, action, depth }: ReplicationSet['rules'][number]): string {
  return `${path} ${action === 'include' ? 'inc' : 'exc'}${depth === 'flat' ? '' : ', rec'}`;
}

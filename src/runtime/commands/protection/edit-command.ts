// EDIT: the options of CONNECT become others while the connection runs. What that forces is written before it is done.
import { list, record } from '../../../language/values/value.ts';
import type { OrphanChoice } from '../../../model/job.ts';
import { forcedTexts, type JobEdit } from '../../../model/options/job-edit.ts';
import type { CaptureWish } from '../../../model/promise.ts';
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { CommandArguments } from '../command-arguments.ts';
import { type CommandHandlers, success } from '../command-context.ts';
import { lineWishes } from './transmission-commands.ts';

export const editHandlers: CommandHandlers = {
  edit: async (given, { session, write }) => {
    const edit = editOf(given);
    const connection = await session.connection(given.value('connection'));
    const { jobs } = await session.server(connection.source);
    const plan = await jobs.examineEdit(connection.jobId, edit);
    for (const text of forcedTexts(edit, plan.changed)) write(`note: ${text}`);
    for (const name of plan.sharing) write(`note: ${name} sends to that address, too, and becomes another with it`);
    const { revision, forces, changed, sharing } = await jobs.edit(connection.jobId, edit);
    const text = changed.length === 0 ? 'is so already' : `edited: ${changed.join(', ')} (revision ${revision})`;
    write(`Connection ${connection.number} ${text}`);
    return record({ code: success, revision, forces, changed: list([...changed]), sharing: list([...sharing]) });
  },
};

function editOf(given: CommandArguments): JobEdit {
  const name = given.optionalNewName('name');
  const mirrorMethod = given.optionalText('mirror') as MirrorMethod | undefined;
  const orphans = given.optionalText('orphans') as OrphanChoice | undefined;
  const capture = given.optionalText('capture') as CaptureWish | undefined;
  const line = lineWishes(given);
  return {
    ...(name === undefined ? {} : { name }),
    ...(mirrorMethod === undefined ? {} : { mirrorMethod }),
    ...(orphans === undefined ? {} : { orphans }),
    ...(capture === undefined ? {} : { capture }),
    ...(line === undefined ? {} : { line }),
  };
}

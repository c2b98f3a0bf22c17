// Asks whether a command that cannot simply be taken back is meant (`danger` in the catalogue). In a script a command
// stands because it is meant, so a script is never asked: its run has no `confirm`.
import { Failure } from '../../base/failure.ts';
import { commandText, definitionOf } from '../../language/catalogue/definition/command-text.ts';
import type { CommandRequest } from '../../language/values/host.ts';
import type { CommandContext } from './command-context.ts';

/** Throws `NOT-CONFIRMED` when the person says no, and what `confirm` throws where nobody can be asked. */
export async function requireConfirmed(request: CommandRequest, context: CommandContext): Promise<void> {
  const { confirm } = context;
  const danger = definitionOf(request.command)?.danger;
  if (confirm === undefined || danger === undefined) return;
  if (danger.given?.every((name) => request.arguments[name] === undefined)) return;
  if (danger.only === 'live copy' && !(await isTakenOver(request, context))) return;
  const command = commandText(request);
  if (await confirm(command, danger.effect)) return;
  throw notConfirmed(command, 'it was not confirmed, so nothing was done');
}

export function notConfirmed(command: string, reason: string, hint?: string): Failure {
  const operation = 'carry out the command';
  return new Failure({ code: 'NOT-CONFIRMED', operation, subject: command, reason, ...(hint && { hint }) });
}

/** Whether one of the two servers says that the connection has failed over. A server that cannot be asked says nothing. */
async function isTakenOver(request: CommandRequest, { session }: CommandContext): Promise<boolean> {
  const { jobId, source, target } = await session.connection(request.arguments.connection);
  const asked = [source, target].map(async (name) => (await session.server(name)).jobs.report(jobId));
  const answers = await Promise.allSettled(asked);
  return answers.some((one) => one.status === 'fulfilled' && one.value.failedOver);
}

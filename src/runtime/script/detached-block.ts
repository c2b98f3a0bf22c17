// Runs the block of a schedule or stream task, which was taken out of its script. Its text, with the values it was
// given, is checked and run in its own session on the server that keeps it. Its output goes to the server's log.
//
// The session of a task begins with the connection of the task as the current one, and its two servers as source and
// target. The stream waits for the task, so a command that waits for the stream would never end; it is refused.
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { checkScript, type Outcome, runScript } from '../../language/program.ts';
import { SourceText } from '../../language/tree/source-text.ts';
import { CommandError, commandErrorCodes, type Host } from '../../language/values/host.ts';
import { handle } from '../../language/values/value.ts';
import type { RunParts } from '../commands/command-context.ts';
import type { DetachedBlock } from '../contract/detached-block.ts';
import { refusalsBy } from '../machine/allowance.ts';
import { closedMachine } from '../machine/own-machine.ts';
import type { RunJournal } from '../runs/run-journal.ts';
import { readBindings } from '../values/bindings.ts';
import { CommandHost } from './command-host.ts';

const waitingForStream: ReadonlyMap<string, string> = new Map([
  ['wait.mirror', 'wait in the script that queues the task'],
  ['verify', 'make it the task: ONEXECUTE = VERIFY'],
  ['failover', 'make it the task: ONEXECUTE = FAILOVER'],
  ['disconnect', 'disconnect in the script that queues the task'],
  ['snapshot.revert', 'revert in a script of its own'],
]);

/** Rejects with a Failure that says what went wrong in the block. */
export async function runDetachedBlock(
  block: DetachedBlock,
  parts: RunParts & {
    readonly clock: Clock;
    readonly beginJournal?: (title: string) => Promise<RunJournal>;
    /** The host that the block gets in the place of its own. */
    readonly watched?: (host: Host) => Host;
  },
  signal: AbortSignal,
): Promise<void> {
  const { name, body, bindings, task } = block;
  const title = `${task === undefined ? 'schedule' : 'task'} ${name}`;
  const variables = readBindings(bindings);
  const { allowance } = parts.machine ?? closedMachine;
  const { script, diagnostics } = checkScript(new SourceText(title, body), {
    variables: variables.keys(),
    refusalOf: refusalsBy(allowance),
  });
  if (script === undefined) throw blockFailure(block, diagnostics);
  const made = await hostOf(block, parts);
  const own = parts.watched?.(made) ?? made;
  const run = (host: Host): Promise<Outcome> => runScript(script, { host, clock: parts.clock, signal, variables });
  const journal = await parts.beginJournal?.(title);
  const outcome = await (journal === undefined ? run(own) : journal.record(own, run));
  if (outcome.kind !== 'completed') throw blockFailure(block, outcome.diagnostics);
  if (outcome.exitCode !== 0) throw failure(block, `it ended with EXIT ${outcome.exitCode}`);
}

async function hostOf({ name, task }: DetachedBlock, parts: RunParts): Promise<Host> {
  if (task === undefined) {
    const scheduled = new CommandHost(parts);
    scheduled.session.isScheduled = true;
    scheduled.session.isDetached = true;
    return scheduled;
  }
  const write = (line: string): void => {
    task.write(line);
    parts.write(line);
  };
  const host = new CommandHost({ ...parts, write });
  host.session.sourceName = task.source;
  host.session.targetName = task.target;
  host.session.isDetached = true;
  // Without the connection the block can still run commands that need none.
  await host.session.connection(handle('connection', task.jobId, 0)).catch(() => undefined);
  return {
    execute: async (request, signal) => {
      const instead = waitingForStream.get(request.command);
      if (instead === undefined) return host.execute(request, signal);
      const command = request.command.replace('.', ' ').toUpperCase();
      const reason = `${command} would wait for the stream, and the stream waits for the task ${name}`;
      throw new CommandError(commandErrorCodes.invalidParameter, reason, instead);
    },
    property: (of, path, span) => host.property(of, path, span),
    watch: (request, deliver, signal) => host.watch(request, deliver, signal),
    write,
  };
}

function blockFailure(
  block: DetachedBlock,
  diagnostics: readonly { readonly message: string; readonly span: { readonly line: number } }[],
): Failure {
  const [first] = diagnostics;
  const reason = first === undefined ? 'it did not end as it should' : `line ${first.span.line}: ${first.message}`;
  return failure(block, reason);
}

function failure({ name, task }: DetachedBlock, reason: string): Failure {
  const kind = task === undefined ? 'schedule' : 'task';
  return new Failure({
    code: task === undefined ? 'SCHEDULE-RUN-FAILED' : 'TASK-BLOCK-FAILED',
    operation: `run the block of ${kind}`,
    subject: name,
    reason,
  });
}

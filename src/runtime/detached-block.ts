// One run of a schedule's block: its text with the values it was given, checked and run in a session of its own on the
// server that keeps the schedule. What it prints goes to the server's log.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Host } from '../language/host.ts';
import { checkScript, type Outcome, runScript } from '../language/program.ts';
import { SourceText } from '../language/source-text.ts';
import { readBindings } from './bindings.ts';
import type { RunParts } from './command-context.ts';
import { CommandHost } from './command-host.ts';
import type { RunJournal } from './runs/run-journal.ts';
import type { ScheduleSpecification } from './server.ts';

/** Rejects with a Failure that says what the block ran into. */
export async function runScheduleBlock(
  specification: ScheduleSpecification,
  parts: RunParts & { readonly clock: Clock; readonly beginJournal?: (title: string) => Promise<RunJournal> },
  signal: AbortSignal,
): Promise<void> {
  const { name, body, bindings } = specification;
  const variables = readBindings(bindings);
  const { script, diagnostics } = checkScript(new SourceText(`schedule ${name}`, body), {
    variables: variables.keys(),
  });
  if (script === undefined) throw blockFailure(name, diagnostics);
  const own = new CommandHost(parts);
  const run = (host: Host): Promise<Outcome> => runScript(script, { host, clock: parts.clock, signal, variables });
  const journal = await parts.beginJournal?.(`schedule ${name}`);
  const outcome = await (journal === undefined ? run(own) : journal.record(own, run));
  if (outcome.kind !== 'completed') throw blockFailure(name, outcome.diagnostics);
  if (outcome.exitCode !== 0) {
    throw new Failure({
      code: 'SCHEDULE-RUN-FAILED',
      operation: 'run the block of schedule',
      subject: name,
      reason: `it ended with EXIT ${outcome.exitCode}`,
    });
  }
}

function blockFailure(
  name: string,
  diagnostics: readonly { readonly message: string; readonly span: { readonly line: number } }[],
): Failure {
  const [first] = diagnostics;
  return new Failure({
    code: 'SCHEDULE-RUN-FAILED',
    operation: 'run the block of schedule',
    subject: name,
    reason: first === undefined ? 'it did not end as it should' : `line ${first.span.line}: ${first.message}`,
  });
}

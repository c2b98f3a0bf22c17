// PARALLEL evaluates the arguments of all its commands and begins them in the order of the text, and only then waits
// for them; the statement ends when all commands have ended. Then the failure that comes first in the text is raised,
// with the others as related places. Event handlers wait for the end of the statement, because they never run while a
// command runs.
import type { Diagnostic } from '../../../base/diagnostic.ts';
import { ScriptFailure } from '../execution.ts';
import { Completion, type Execute, type Frame } from '../frame.ts';

export function parallel(statements: readonly Execute[]): Execute {
  // An async function, so that a closure that throws at once does not stop the others.
  const begin = async (run: Execute, frame: Frame): Promise<Completion> => run(frame);
  return async (frame) => {
    const ends = await frame.execution.handlers.hold(() =>
      Promise.allSettled(statements.map((run) => begin(run, frame))),
    );
    const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    if (reasons.length === 0) return Completion.normal;
    const failures = reasons.filter((reason) => reason instanceof ScriptFailure);
    // A stop or a defect comes before any failure of a command.
    const other = reasons.find((reason) => !(reason instanceof ScriptFailure));
    throw other ?? joined(failures);
  };
}

function joined([first, ...others]: readonly ScriptFailure[]): unknown {
  if (first === undefined || others.length === 0) return first;
  const also = others.map(({ diagnostic }) => ({ span: diagnostic.span, message: `also: ${diagnostic.message}` }));
  const diagnostic: Diagnostic = { ...first.diagnostic, related: [...(first.diagnostic.related ?? []), ...also] };
  return new ScriptFailure(diagnostic, first.code, first.reasonCode, others);
}

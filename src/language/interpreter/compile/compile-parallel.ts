// PARALLEL begins its branches in the order of the text and only then waits for them: each statement that stands in it,
// and each round of a FOR that stands in it. The statement ends when all branches have ended. Then the failure that
// comes first in the text is raised, with the others as related places. Event handlers wait for the end of the
// statement, because they never run while a command runs.
//
// A round has a copy of the variables, in which those that it assigns have no value yet; so no round sees another. The
// checker sees to it that of the other branches none uses a variable that another one assigns. A branch of more than a
// command is a thread of its own: for the depth of its calls, and for what the host knows of its SOURCE and TARGET.
//
// A plan takes the branches one after the other, because its ways are gone one after the other.
import type { Diagnostic, Span } from '../../../base/diagnostic.ts';
import { cannot } from '../../functions/function-definition.ts';
import type { ValueProblem } from '../../functions/operations.ts';
import type { Block, Statement, StatementOf } from '../../tree/ast.ts';
import { assignedNames } from '../../tree/ast-walk.ts';
import { isUnknown, type ListValue, unknown, type Value } from '../../values/value.ts';
import { valueText } from '../../values/value-text.ts';
import { ScriptFailure, Stop } from '../execution.ts';
import { type Awaitable, Completion, type Execute, type Frame, settle } from '../frame.ts';
import type { Planning } from '../planning.ts';
import { type ForStatement, type LoopContext, plannedFor, roundValues, whatForTakes } from './compile-loop.ts';
import { planRound } from './compile-planned.ts';

export interface ParallelContext extends LoopContext {
  readonly block: (block: Block) => Execute;
  readonly statement: (statement: Statement) => Execute | undefined;
}

interface Branch {
  /** For a plan; a branch without one shows itself. */
  readonly title?: { readonly text: string; readonly span: Span };
  /** Whether it is a thread of its own. */
  readonly isOwn: boolean;
  readonly run: () => Awaitable<Completion>;
}

/** Beyond it the waiting of so many branches for each other costs more than what they do: ten thousand take minutes. */
const roundsMax = 1000;

function tooMany(): ValueProblem {
  const suggestion = 'put it into a FOR over its parts, one PARALLEL behind the other';
  return cannot(`a FOR in PARALLEL has more than ${roundsMax} rounds, which would all begin at once`, suggestion);
}

/** The branches that a statement makes, when what it goes through is known. */
type Branches = (frame: Frame) => Awaitable<readonly Branch[]>;

export function compileParallel(statement: StatementOf<'parallel'>, context: ParallelContext): Execute {
  const all = statement.body.flatMap((one) => branchesOf(one, context) ?? []);
  const { plan } = context;
  return plan === undefined ? runBranches(all) : planBranches(all, statement, plan, context);
}

function branchesOf(statement: Statement, context: ParallelContext): Branches | undefined {
  if (statement.kind === 'count' || statement.kind === 'each') return roundsOf(statement, context);
  const run = context.statement(statement);
  if (run === undefined) return undefined;
  const isCommand = statement.kind === 'command' || (statement.kind === 'assign' && statement.value.kind === 'command');
  if (isCommand) return (frame) => [{ isOwn: false, run: () => run(frame) }];
  return (frame) => [{ isOwn: true, run: () => run({ ...frame, thread: threadOf(frame, context) }) }];
}

function roundsOf(statement: ForStatement, context: ParallelContext): Branches {
  const { scope } = context;
  const taken = whatForTakes(statement, context);
  const slot = scope.declare(statement.name);
  const own = [...assignedNames(statement.body)].map((name) => scope.declare(name));
  const body = context.block(statement.body);
  const frameOf = (value: Value, frame: Frame): Frame => {
    const slots = [...frame.slots];
    for (const one of own) slots[one] = undefined;
    slots[slot] = value;
    return { ...frame, slots, thread: threadOf(frame, context) };
  };
  const round = (value: Value, frame: Frame): Branch => {
    frame.execution.spend(1);
    const inner = frameOf(value, frame);
    const title = { text: `$${statement.name} = ${shown(value)}`, span: context.source.span(statement) };
    return { title, isOwn: true, run: () => body(inner) };
  };
  const unknownRound = (frame: Frame): Branch => {
    const inner = frameOf(unknown(`$${statement.name}`), frame);
    const loop = plannedFor(statement, body, context);
    return { isOwn: true, run: () => (context.plan ? planRound(loop, inner, { plan: context.plan, scope }) : 0) };
  };
  return (frame) =>
    settle(taken.run(frame), (value) => {
      if (isUnknown(value)) return [unknownRound(frame)];
      const rounds: Branch[] = [];
      for (const one of roundValues(statement, value as ListValue)) {
        rounds.push(round(one, frame));
        if (rounds.length > roundsMax) throw frame.execution.fail(tooMany(), statement);
      }
      return rounds;
    });
}

function shown(value: Value): string {
  const text = typeof value === 'string' ? `"${value}"` : valueText(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** In a plan the host forgets by itself what a branch said (`inBranch`). */
function threadOf({ thread }: Frame, { plan }: ParallelContext): Frame['thread'] {
  const { depth, branch } = thread;
  return plan === undefined ? { depth, branch: { parent: branch } } : { depth };
}

function runBranches(all: readonly Branches[]): Execute {
  return async (frame) => {
    const reasons = await frame.execution.handlers.hold(() => Promise.all(all.map((one) => begin(one, frame))));
    raise(reasons.flat());
    return Completion.normal;
  };
}

/** Begins the branches of a statement at once, when they are known at once; resolves with why they failed. */
async function begin(branches: Branches, frame: Frame): Promise<readonly unknown[]> {
  try {
    const made = branches(frame);
    const runs = made instanceof Promise ? await made : made;
    // An async function, so that a closure that throws at once does not stop the others.
    const ends = await Promise.allSettled(runs.map(async ({ run }) => run()));
    return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  } catch (thrown) {
    return [thrown];
  }
}

function planBranches(
  all: readonly Branches[],
  statement: StatementOf<'parallel'>,
  plan: Planning,
  { source }: ParallelContext,
): Execute {
  const { observer } = plan;
  const span = source.span(statement);
  const planOne = async ({ title, isOwn, run }: Branch): Promise<void> => {
    if (title !== undefined) observer.open(title.text, title.span, false);
    try {
      if (isOwn) await observer.inBranch(async () => run());
      else await run();
    } finally {
      if (title !== undefined) observer.close();
    }
  };
  return async (frame) => {
    const reasons: unknown[] = [];
    const note = (thrown: unknown): void => void reasons.push(thrown);
    observer.open('at the same time', span, false);
    try {
      for (const branches of all) {
        const made = await (async () => branches(frame))().catch(note);
        for (const one of made ?? []) await planOne(one).catch(note);
      }
    } finally {
      observer.close();
    }
    raise(reasons);
    return Completion.normal;
  };
}

/** A stop or a defect comes before any failure of a branch. */
function raise(reasons: readonly unknown[]): void {
  if (reasons.length === 0) return;
  const failures = reasons.filter((reason) => reason instanceof ScriptFailure);
  const stop = reasons.find((reason) => reason instanceof Stop);
  throw stop ?? reasons.find((reason) => !(reason instanceof ScriptFailure)) ?? joined(failures);
}

function joined([first, ...others]: readonly ScriptFailure[]): unknown {
  if (first === undefined || others.length === 0) return first;
  const also = others.map(({ diagnostic }) => ({ span: diagnostic.span, message: `also: ${diagnostic.message}` }));
  const diagnostic: Diagnostic = { ...first.diagnostic, related: [...(first.diagnostic.related ?? []), ...also] };
  return new ScriptFailure(diagnostic, first.code, first.reasonCode, others);
}

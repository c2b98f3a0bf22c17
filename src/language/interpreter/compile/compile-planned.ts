// Statements as a plan takes them (planning.ts): where a run goes one way that only it can know, the plan goes every way;
// a loop without a known end has one round, in which every variable that the loop assigns is unknown; nothing waits.
import { eventNames } from '../../catalogue/definition/event-names.ts';
import type { Block, Expression, Statement, StatementOf } from '../../tree/ast.ts';
import { assignedNames } from '../../tree/ast-walk.ts';
import type { Range, SourceText } from '../../tree/source-text.ts';
import { isUnknown, none, type RecordValue, record, unknown, type Value } from '../../values/value.ts';
import { durationLiteral } from '../../values/value-text.ts';
import { ExitRequest, ScriptFailure, Stop } from '../execution.ts';
import { type Compiled, Completion, type Execute, type Frame, now } from '../frame.ts';
import { NeverEnds, type Planning, sameSlots, type UnknownOfSlot } from '../planning.ts';
import type { Scope } from '../scope.ts';
import type { ExpressionContext } from './compile-call.ts';
import { compileExpression } from './compile-expression.ts';
import { isOneOf } from './compile-operators.ts';
import { checkedInterval, milliseconds } from './compile-waiting.ts';

/** What a planned statement needs of the compiler around it. */
export interface PlannedContext extends ExpressionContext {
  readonly source: SourceText;
  readonly plan: Planning;
  readonly block: (block: Block) => Execute;
  readonly condition: (expression: Expression, what: string) => Compiled;
  /** The statement as a run compiles it. */
  readonly usual: (statement: Statement) => Execute | undefined;
}

/** The statement as a plan executes it; undefined when a plan does with it what a run does. */
export function compilePlanned(statement: Statement, context: PlannedContext): Execute | undefined {
  switch (statement.kind) {
    case 'if':
      return plannedIf(statement, context);
    case 'switch':
      return plannedSwitch(statement, context);
    case 'while':
      return plannedWhile(statement, context);
    case 'every':
      return plannedEvery(statement, context);
    case 'try':
      return plannedTry(statement, context);
    case 'on':
      return plannedHandler(statement, context);
    case 'wait':
      return plannedWait(statement, context);
    case 'until':
      return plannedUntil(statement, context);
    case 'exit':
      return plannedExit(statement, context);
    case 'assign':
    case 'change':
      return plannedAssignment(statement, context);
    default:
      return undefined;
  }
}

function textOf({ source }: PlannedContext, range: Range): string {
  return source.slice(range).replaceAll(/\s+/g, ' ').trim();
}

function unknownOf(scope: Scope): UnknownOfSlot {
  return (slot) => unknown(`$${[...scope.names()].find((name) => scope.slotOf(name) === slot) ?? 'a variable'}`);
}

function plannedIf(statement: StatementOf<'if'>, context: PlannedContext): Execute {
  const { source } = context;
  const branches = statement.branches.map((branch) => ({
    condition: context.condition(branch.condition, 'the condition of IF'),
    title: `if ${textOf(context, branch.condition)}`,
    span: source.span(branch.condition),
    body: context.block(branch.body),
  }));
  return planBranches(branches, context.block(statement.otherwise ?? []), context);
}

function plannedSwitch(statement: StatementOf<'switch'>, context: PlannedContext): Execute {
  const { source, scope } = context;
  const subject = compileExpression(statement.subject, context);
  const slot = scope.hidden();
  const branches = statement.branches.map(({ values, body }) => {
    const [first = statement.subject] = values;
    const place = { start: first.start, end: values.at(-1)?.end ?? first.end };
    const compiled = values.map((one) => compileExpression(one, context));
    return {
      condition: isOneOf(slot, compiled, place),
      title: `if ${textOf(context, statement.subject)} is ${textOf(context, place)}`,
      span: source.span(place),
      body: context.block(body),
    };
  });
  const chosen = planBranches(branches, context.block(statement.otherwise ?? []), context);
  return async (frame) => {
    frame.slots[slot] = await subject.run(frame);
    return chosen(frame);
  };
}

interface PlannedBranch {
  readonly condition: Compiled;
  readonly title: string;
  readonly span: ReturnType<SourceText['span']>;
  readonly body: Execute;
}

/** The branches of an IF, or of what is like one. */
function planBranches(
  branches: readonly PlannedBranch[],
  otherwise: Execute,
  { plan, scope }: PlannedContext,
): Execute {
  const from = async (index: number, frame: Frame): Promise<Completion> => {
    const branch = branches[index];
    if (branch === undefined) return otherwise(frame);
    const { title, span, body } = branch;
    const chosen = await branch.condition.run(frame);
    if (chosen === true) return body(frame);
    if (!isUnknown(chosen)) return from(index + 1, frame);
    const ways = [
      { title, span, run: body },
      { title: 'otherwise', span, run: (inner: Frame) => from(index + 1, inner) },
    ];
    return plan.fork(frame, ways, unknownOf(scope));
  };
  return (frame) => from(0, frame);
}

export interface PlannedLoop {
  readonly title: string;
  readonly span: ReturnType<SourceText['span']>;
  readonly body: Execute;
  /** The variables that the rounds assign. */
  readonly assigned: ReadonlySet<string>;
}

function loopOf(title: string, place: Range, body: Block, context: PlannedContext): PlannedLoop {
  return { title, span: context.source.span(place), body: context.block(body), assigned: assignedNames(body) };
}

/**
 * Plans one round that stands for all; the run may have none of them. `before` gives values to what each round begins
 * with.
 */
export async function planRound(
  { title, span, body, assigned }: PlannedLoop,
  frame: Frame,
  { plan, scope }: { readonly plan: Planning; readonly scope: Scope },
  before: () => unknown = () => undefined,
): Promise<Completion> {
  const round = async (inner: Frame): Promise<Completion> => {
    for (const name of assigned) {
      const slot = scope.slotOf(name);
      if (slot !== undefined && inner.slots[slot] !== undefined) inner.slots[slot] = unknown(`$${name}`);
    }
    await before();
    const end = await body(inner);
    return end === Completion.return ? end : Completion.normal;
  };
  return plan.fork(
    frame,
    [
      { span, run: () => Completion.normal },
      { title, span, run: round },
    ],
    unknownOf(scope),
  );
}

function plannedWhile(statement: StatementOf<'while'>, context: PlannedContext): Execute {
  const { plan } = context;
  const condition = context.condition(statement.condition, 'the condition of WHILE');
  const title = `repeated while ${textOf(context, statement.condition)}`;
  const loop = loopOf(title, statement.condition, statement.body, context);
  return async (frame) => {
    for (;;) {
      const goesOn = await condition.run(frame);
      if (isUnknown(goesOn)) return planRound(loop, frame, context);
      if (goesOn !== true) return Completion.normal;
      const [before, departures, mark] = [plan.save(frame), plan.departures, plan.observer.mark()];
      const end = await loop.body(frame);
      if (end === Completion.return) return end;
      if (end === Completion.break) return Completion.normal;
      if (plan.departures > departures) {
        // Whether there is a second round is unknown now, so this one is planned again as the one for all.
        plan.observer.forget(mark);
        plan.restore(frame, before);
        return planRound(loop, frame, context);
      }
      if (sameSlots(before.slots, frame.slots)) {
        plan.observer.forget(mark);
        plan.restore(frame, before);
        await planRound({ ...loop, assigned: new Set() }, frame, context);
        throw new NeverEnds();
      }
      await step(frame);
    }
  };
}

/** Uses fuel for a round, as the loops of a run do. */
async function step({ execution }: Frame): Promise<void> {
  if (--execution.fuel < 0) await execution.refuel();
}

function plannedEvery(statement: StatementOf<'every'>, context: PlannedContext): Execute {
  const { plan } = context;
  const interval = checkedInterval(statement, context);
  const loop = loopOf(`every ${textOf(context, statement.interval)}`, statement.interval, statement.body, context);
  return async (frame) => {
    await interval.run(frame);
    const { departures } = plan;
    let broken = false;
    const body: Execute = async (inner) => {
      const end = await loop.body(inner);
      broken = end === Completion.break;
      return end;
    };
    const ended = await planRound({ ...loop, body }, frame, context);
    if (ended === Completion.return) return ended;
    if (broken || plan.departures > departures) return Completion.normal;
    throw new NeverEnds();
  };
}

function plannedTry(statement: StatementOf<'try'>, context: PlannedContext): Execute {
  const { plan, scope, source } = context;
  const { handler } = statement;
  const body = context.block(statement.body);
  const slot = handler?.name === undefined ? undefined : scope.declare(handler.name);
  const handle = handler && context.block(handler.body);
  const last = statement.finally && context.block(statement.finally);
  const span = source.span(statement);
  const handleUnknown = (frame: Frame): Promise<Completion> => {
    const run: Execute = (inner) => {
      if (slot !== undefined) inner.slots[slot] = unknownError(handler?.name ?? '');
      return handle?.(inner) ?? Completion.normal;
    };
    return plan.fork(
      frame,
      [
        { span, run: () => Completion.normal },
        { title: 'if that fails', span, run },
      ],
      unknownOf(scope),
    );
  };
  const guarded = async (frame: Frame): Promise<Completion> => {
    const { depth } = frame.thread;
    const before = plan.save(frame);
    let end: Completion;
    try {
      end = await body(frame);
    } catch (caught) {
      if (!(caught instanceof ScriptFailure) || handle === undefined) throw caught;
      frame.thread.depth = depth;
      if (slot !== undefined) frame.slots[slot] = caught.toRecord();
      return handle(frame);
    }
    if (handle === undefined) return end;
    // It may fail after any of its statements: for the handler, and behind it, what it assigns is uncertain.
    const { returned } = frame;
    plan.join(frame, [before], unknownOf(scope));
    const handled = await handleUnknown(frame);
    frame.returned = returned ?? frame.returned;
    return end === Completion.normal ? handled : end;
  };
  if (last === undefined) return guarded;
  return async (frame) => {
    let end: Completion;
    try {
      end = await guarded(frame);
    } catch (thrown) {
      if (!(thrown instanceof Stop)) await last(frame);
      throw thrown;
    }
    const ended = await last(frame);
    return ended === Completion.normal ? end : ended;
  };
}

function unknownError(name: string): Value {
  const field = (of: string): Value => unknown(`$${name}.${of}`);
  return record({
    message: field('message'),
    code: field('code'),
    name: field('name'),
    hint: field('hint'),
    line: field('line'),
    file: field('file'),
    others: field('others'),
  });
}

/** Events may come at any time: the handler is planned once, where it begins to listen. */
function plannedHandler(statement: StatementOf<'on'>, context: PlannedContext): Execute {
  const { scope, source } = context;
  const { name } = statement.event;
  const from = statement.from === undefined ? now(() => none) : compileExpression(statement.from, context);
  const slot = scope.declare('event');
  const origin = statement.from === undefined ? '' : ` from ${textOf(context, statement.from)}`;
  const loop = loopOf(`whenever ${name} happens${origin}`, statement.event, statement.body, context);
  return async (frame) => {
    const given = await from.run(frame);
    const request = {
      event: eventNames.get(name) ?? 0,
      name,
      ...(statement.from === undefined ? {} : { from: given }),
      span: source.span(statement),
    };
    await frame.execution.watch(request, async () => undefined, statement);
    const before = frame.slots[slot];
    const begin = (): void => {
      frame.slots[slot] = unknownEvent();
    };
    await context.plan.whenever(() => planRound(loop, frame, context, begin));
    frame.slots[slot] = before;
    return Completion.normal;
  };
}

function unknownEvent(): RecordValue {
  const names = ['name', 'id', 'severity', 'message', 'time', 'server', 'connection'];
  return record(Object.fromEntries(names.map((name) => [name, unknown(`$event.${name}`)])));
}

function plannedWait(statement: StatementOf<'wait'>, context: PlannedContext): Execute {
  const { plan, source } = context;
  const length = milliseconds(compileExpression(statement.duration, context), statement.duration, 'what WAIT is given');
  return async (frame) => {
    const ms = await length.run(frame);
    const text = typeof ms === 'number' ? `WAIT ${durationLiteral(ms)}` : textOf(context, statement);
    plan.observer.note(text, source.span(statement));
    return Completion.normal;
  };
}

function plannedUntil(statement: StatementOf<'until'>, context: PlannedContext): Execute {
  const { plan, source } = context;
  const condition = context.condition(statement.condition, 'the condition of WAIT UNTIL');
  const lengths = [
    ...(statement.every === undefined ? [] : [[statement.every, 'EVERY'] as const]),
    ...(statement.timeout === undefined ? [] : [[statement.timeout, 'TIMEOUT'] as const]),
  ].map(([length, what]) => milliseconds(compileExpression(length, context), length, what));
  return async (frame) => {
    for (const length of lengths) await length.run(frame);
    await condition.run(frame);
    plan.observer.note(textOf(context, statement), source.span(statement));
    return Completion.normal;
  };
}

function plannedExit(statement: StatementOf<'exit'>, context: PlannedContext): Execute {
  const usual = context.usual(statement);
  const code = statement.code === undefined ? undefined : compileExpression(statement.code, context);
  return async (frame) => {
    if (isUnknown(await code?.run(frame))) throw new ExitRequest(0);
    return usual?.(frame) ?? Completion.normal;
  };
}

/** A variable that a handler assigns has at no time a known value. */
function plannedAssignment(statement: StatementOf<'assign' | 'change'>, context: PlannedContext): Execute | undefined {
  const usual = context.usual(statement);
  if (usual === undefined || !context.plan.assignedByHandlers.has(statement.name)) return usual;
  const slot = context.scope.declare(statement.name);
  return async (frame) => {
    const end = await usual(frame);
    frame.slots[slot] = unknown(`$${statement.name}`);
    return end;
  };
}

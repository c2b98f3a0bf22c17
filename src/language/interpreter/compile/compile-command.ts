// Compiles a bound command to a closure that evaluates its arguments, converts each to the type that the catalogue
// promises the host, and passes the request to the host. HELP and QUIT are carried out here, because they need no
// server.
import type { Argument, ArgumentType } from '../../catalogue/definition/definition.ts';
import { commandName, describeType, exampleOf } from '../../catalogue/definition/syntax-text.ts';
import type { BoundArgument, BoundCommand, BoundValue } from '../../checker/commands/bind-command.ts';
import { ValueProblem } from '../../functions/operations.ts';
import { helpLines } from '../../reading/help/help-text.ts';
import type { Block } from '../../tree/ast.ts';
import { mentions } from '../../tree/ast-walk.ts';
import type { Range, SourceText } from '../../tree/source-text.ts';
import {
  duration,
  isUnknown,
  list,
  none,
  type RecordValue,
  record,
  release,
  secret,
  typeOf,
  type Value,
  withArticle,
} from '../../values/value.ts';
import { combine } from '../combine.ts';
import { ExitRequest } from '../execution.ts';
import { type Compiled, type Evaluate, evaluateAll, type Frame, now, settle } from '../frame.ts';
import type { FunctionEntry } from '../scope.ts';
import { inBranch } from '../thread.ts';
import { compileScriptCall, type ExpressionContext } from './compile-call.ts';
import { compileExpression } from './compile-expression.ts';

/** `isAlone`: the command is a statement of its own, and its result goes nowhere. */
export function compileCommand(
  command: BoundCommand,
  context: ExpressionContext,
  source: SourceText,
  isAlone: boolean,
): Evaluate {
  const { definition, node } = command;
  if (definition.id === 'help') return compileHelp(command);
  if (definition.id === 'quit') return endOfScript;
  const collected = compileArguments(command, context, source);
  const alone = isAlone ? { isAlone } : {};
  const schedule = command.block && compileDetached(command.block.body, command.block.range, context, source);
  return (frame) =>
    settle(collected.run(frame), (value) => {
      const values = value as Value & { readonly fields: ReadonlyMap<string, Value> };
      const given = { ...Object.fromEntries(values.fields), ...Object.fromEntries(schedule?.(frame).fields ?? []) };
      const place = { span: source.span(node), ...alone, ...inBranch(frame.thread) };
      const request = { command: definition.id, arguments: given, ...place };
      return definition.waits ? frame.execution.executeWaiting(request, node) : frame.execution.execute(request, node);
    });
}

/** A closure whose value is the record of all arguments. */
function compileArguments(command: BoundCommand, context: ExpressionContext, source: SourceText): Compiled {
  const names = command.values.map((one) => one.argument);
  const compiled = command.values.map((one) => compileValue(one, command, context, source));
  const collect = (values: readonly Value[]): RecordValue => {
    const fields = new Map<string, Value>();
    for (const argument of command.definition.arguments) {
      const given = values.filter((_, index) => names[index] === argument);
      const value = argument.repeatable && given.length > 0 ? list(given) : (given[0] ?? argument.default);
      if (value !== undefined) fields.set(argument.name, value);
    }
    return { kind: 'record', fields };
  };
  return combine(compiled, command.node, collect, collect);
}

function compileValue(
  bound: BoundArgument,
  command: BoundCommand,
  context: ExpressionContext,
  source: SourceText,
): Compiled {
  const { value } = bound;
  const text = (expression: Extract<BoundValue, { kind: 'mapping' }>['source'], type: ArgumentType): Compiled =>
    combine(
      [compileExpression(expression, context)],
      expression,
      ([given]) => convert(given ?? none, type, bound.argument, command),
      ([given]) => given ?? none,
    );
  const gathered = (parts: readonly Compiled[], gather: (values: readonly Value[]) => Value): Compiled =>
    combine(parts, command.node, gather, gather);
  switch (value.kind) {
    case 'constant': {
      const { value: fixed } = value;
      return now(() => fixed);
    }
    case 'expression':
      return text(value.expression, value.type);
    case 'mapping':
      return gathered([text(value.source, 'path'), text(value.target, 'path')], ([source, target]) =>
        record({ source: source ?? none, target: target ?? none }),
      );
    case 'program': {
      const program = text(value.program, 'path');
      const words = value.arguments === undefined ? now(() => '') : text(value.arguments, 'text');
      return gathered([program, words], ([path, given]) =>
        record({ program: path ?? none, arguments: list(isUnknown(given) ? [given] : splitWords(String(given))) }),
      );
    }
    case 'built-in': {
      const { id } = value.command.definition;
      return combine([compileArguments(value.command, context, source)], command.node, ([given]) =>
        record({ command: id, arguments: given ?? none }),
      );
    }
    case 'script':
      return compileScriptCall(
        value.call,
        value.call.arguments.map((one) => compileExpression(one, context)),
        context,
      );
    case 'block':
      return now(compileDetached(value.block.body, value.block.inside, context, source));
  }
}

/** Several arguments go in one string, separated by blanks (DTCL reference, QUEUETASK). */
function splitWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The value that the host receives for a value given in the script. */
function convert(value: Value, type: ArgumentType, argument: Argument, command: BoundCommand): Value {
  const converted = convertTo(value, type);
  if (converted !== undefined) return converted;
  throw new ValueProblem('U0410', {
    argument: argument.words?.toUpperCase() ?? argument.help,
    command: commandName(command.definition),
    expected: describeType(type),
    found: withArticle(typeOf(value)),
    example: exampleOf(type),
  });
}

/** The value as the type promises it (catalogue/definition/definition.ts), or undefined when it cannot be one. */
export function convertTo(value: Value, type: ArgumentType): Value | undefined {
  if (typeof type === 'object')
    return typeof value === 'string' && type.choice.some((one) => one.value === value) ? value : undefined;
  const kind = typeOf(value);
  switch (type) {
    case 'name':
    case 'path':
    case 'address':
    case 'server':
    case 'text':
      return kind === 'string' || kind === 'integer' ? String(value) : undefined;
    case 'integer':
    case 'rate':
      return kind === type ? value : undefined;
    case 'moment':
      return kind === 'time' || kind === 'datetime' ? value : undefined;
    case 'timeout':
    case 'duration':
      if (typeof value === 'number' && value >= 0) return duration(value * 1000);
      return kind === 'duration' ? value : undefined;
    case 'secret':
      if (kind === 'secret') return value;
      return kind === 'string' || kind === 'integer' ? secret(String(value)) : undefined;
    case 'text or secret':
      if (kind === 'secret') return value;
      return kind === 'string' || kind === 'integer' ? String(value) : undefined;
    case 'connection':
      return kind === 'connection' || kind === 'integer' || kind === 'string' ? value : undefined;
    case 'snapshot':
    case 'monitor':
    case 'schedule':
      return kind === type || kind === 'string' ? value : undefined;
    case 'stream task':
      return kind === 'task' || kind === 'string' ? value : undefined;
    case 'value':
      return value;
    case 'mapping':
    case 'task':
    case 'words':
      return undefined;
  }
}

/**
 * A block that runs later and elsewhere: its text, the functions that it calls, and the present values that it uses.
 */
function compileDetached(
  block: Block,
  inside: Range,
  context: ExpressionContext,
  source: SourceText,
): (frame: Frame) => RecordValue {
  const variables = new Set<string>();
  const functions = new Set<string>();
  const collect = (found: ReturnType<typeof mentions>): void => {
    for (const name of found.variables) variables.add(name);
    for (const name of found.functions) {
      const entry = context.functions.get(name);
      if (entry === undefined || functions.has(name)) continue;
      functions.add(name);
      collect(mentions([entry.node]));
    }
  };
  collect(mentions(block));
  const written = source.slice(inside);
  const start = inside.start + written.length - written.trimStart().length;
  const entries = [...functions].flatMap((name) => context.functions.get(name) ?? []);
  const pieces = [...entries, { text: written.trim(), place: source.span({ start, end: inside.end }) }];
  const body = pieces.map(({ text }) => text).join('\n');
  const lines = linesOf(pieces);
  const places = [...variables].map((name) => ({ name, found: context.scope.find(name) }));
  return (frame) => {
    const bindings: Record<string, Value> = {};
    for (const { name, found } of places) {
      const value = found && (found.global ? frame.globals : frame.slots)[found.slot];
      if (value === undefined) continue;
      release(value);
      bindings[name] = value;
    }
    const block = { body, bindings: record(bindings) };
    // A plan shows the commands of the block with their lines in the script.
    return record(frame.execution.planned ? { ...block, lines } : block);
  };
}

/** For each piece of a block's text a record of its first line there, and of its file and line in the script. */
function linesOf(pieces: readonly Pick<FunctionEntry, 'text' | 'place'>[]): Value {
  let from = 1;
  return list(
    pieces.map(({ text, place: { file, line } }) => {
      const piece = record({ from, file, line });
      from += text.split('\n').length;
      return piece;
    }),
  );
}

/** QUIT. */
const endOfScript: Evaluate = () => {
  throw new ExitRequest(0);
};

function compileHelp(command: BoundCommand): Evaluate {
  const words = command.values.flatMap((one) => {
    const value = one.value.kind === 'constant' ? one.value.value : none;
    return typeof value === 'object' && value.kind === 'list' ? value.items.map(String) : [];
  });
  const lines = helpLines(words);
  return (frame) =>
    settle(evaluateAll([], frame), () => {
      for (const line of lines) frame.execution.write(line, command.node);
      return none;
    });
}

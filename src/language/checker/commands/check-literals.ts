// Values that a script writes out and that no run could take: a cron line that cannot be read, a time zone that is not
// there, an interval that does not come out even, a count below one. A value that is computed is refused by the run.
import { Cron } from 'croner';
import type { Argument, ArgumentRule, Permission } from '../../catalogue/definition/definition.ts';
import { commandName } from '../../catalogue/definition/syntax-text.ts';
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import { negated } from '../../functions/operations.ts';
import type { Block, CommandNode, Expression } from '../../tree/ast.ts';
import { ownCommands } from '../../tree/ast-walk.ts';
import { evenInterval } from '../../values/even-interval.ts';
import type { Value } from '../../values/value.ts';
import { literalText, valueText } from '../../values/value-text.ts';
import type { BoundCommand } from './bind-command.ts';

interface Fault {
  readonly reason: string;
  readonly suggestion: string;
}

/** Reports an interval of EVERY that is no longer than nothing. */
export function checkInterval(interval: Expression, sink: DiagnosticSink): void {
  const value = literalOf(interval);
  const length = typeof value === 'object' && value.kind === 'duration' ? value.ms : value;
  if (typeof length !== 'number' || length > 0) return;
  sink.report(interval, 'U0502', {
    what: 'what EVERY is given',
    expected: 'longer than nothing',
    found: valueText(value ?? 0),
    suggestion: 'write 5 seconds or 10m',
  });
}

/** Reports a literal that the argument can never be. */
export function checkLiteral(
  expression: Expression,
  argument: Argument,
  command: BoundCommand,
  sink: DiagnosticSink,
): void {
  const value = literalOf(expression);
  if (value === undefined) return;
  const fault = faultOf(value, argument);
  if (fault === undefined) return;
  sink.report(expression, 'U0416', {
    argument: argument.words?.toUpperCase() ?? argument.help,
    command: commandName(command.definition),
    value: literalText(value).slice(0, 60),
    ...fault,
  });
}

/** Tells why the script may not reach this file or the like on the machine where it is to run; undefined when it may. */
export type RefusalOf = (
  permission: Permission,
  subject: string,
) => { readonly reason: string; readonly hint: string } | undefined;

/**
 * Reports what a script writes out for itself and nobody allows, so that nothing of it runs before that is known. What
 * blocks of servers reach is left to these.
 */
export function checkPermissions(
  script: Block,
  bound: ReadonlyMap<CommandNode, BoundCommand>,
  refusalOf: RefusalOf,
  sink: DiagnosticSink,
): void {
  for (const node of ownCommands(script)) {
    const { definition, values = [] } = bound.get(node) ?? {};
    for (const { argument, value } of values) {
      if (definition === undefined || argument.permission === undefined || value.kind !== 'expression') continue;
      const subject = literalOf(value.expression);
      if (typeof subject !== 'string') continue;
      const refusal = refusalOf(argument.permission, subject);
      if (refusal === undefined) continue;
      const { reason, hint: suggestion } = refusal;
      const command = commandName(definition);
      sink.report(value.expression, 'U0417', { command, subject: subject.slice(0, 80), reason, suggestion });
    }
  }
}

/** The value that an expression has in every run; undefined when it is computed. */
export function literalOf(expression: Expression): Value | undefined {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind === 'word') return expression.text;
  if (expression.kind !== 'unary' || expression.operator !== 'minus') return undefined;
  const value = literalOf(expression.operand);
  return typeof value === 'number' || (typeof value === 'object' && value.kind === 'duration')
    ? negated(value)
    : undefined;
}

function faultOf(value: Value, { rule, type }: Argument): Fault | undefined {
  if (typeof value === 'object' && value.kind === 'duration') {
    if (value.ms < 0) return { reason: 'it is negative', suggestion: 'write a duration such as 5 minutes' };
    if (rule === 'interval') return intervalFault(value.ms);
  }
  if ((type === 'timeout' || type === 'duration') && typeof value === 'number') {
    const forever = type === 'timeout' ? ', or FOREVER' : '';
    if (value < 0)
      return { reason: 'it is negative', suggestion: `write seconds, a duration such as 5 minutes${forever}` };
    if (rule === 'interval') return intervalFault(value * 1000);
  }
  return rule === undefined ? undefined : ruleFaults[rule]?.(value);
}

const ruleFaults: Readonly<Partial<Record<ArgumentRule, (value: Value) => Fault | undefined>>> = {
  cron: (value) => (typeof value === 'string' ? cronFault(value) : undefined),
  'time zone': (value) => (typeof value === 'string' ? timeZoneFault(value) : undefined),
  'absolute path': (value) =>
    typeof value === 'string' && !value.startsWith('/')
      ? { reason: 'it does not begin at the root', suggestion: 'write the whole path, from / on' }
      : undefined,
  'compression level': (value) =>
    typeof value === 'number' && (value < 1 || value > 9)
      ? { reason: 'levels go from 1, the minimum, to 9, the maximum', suggestion: 'write a level from 1 to 9' }
      : undefined,
  count: (value) =>
    typeof value === 'number' && value < 1
      ? { reason: 'it counts something, from 1 on', suggestion: 'write 1 or more' }
      : undefined,
};

function cronFault(text: string): Fault | undefined {
  try {
    new Cron(text, { mode: '5-or-6-parts', paused: true });
    return undefined;
  } catch (error) {
    const fields = text.trim().split(/\s+/).length;
    const found = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    const reason = fields === 5 || fields === 6 ? found : `it has ${fields === 1 ? '1 field' : `${fields} fields`}`;
    return {
      reason: reason.replaceAll(/\s+/g, ' '),
      suggestion: 'write five fields: minute, hour, day of month, month, day of week; "0 2 * * *" is every day at 2:00',
    };
  }
}

function timeZoneFault(timeZone: string): Fault | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return undefined;
  } catch {
    return {
      reason: 'there is no such time zone',
      suggestion: 'write a name of the IANA database, such as "Europe/Berlin" or "UTC"',
    };
  }
}

function intervalFault(ms: number): Fault | undefined {
  const isEven = evenInterval(ms) !== undefined;
  if (isEven) return undefined;
  return {
    reason: ms === 0 ? 'it has no length' : 'it does not come out even',
    suggestion: 'write minutes that divide an hour, hours that divide a day, 1 day or 1 week',
  };
}

// What ON names: an event that there is, and whose events it means.
import { eventNames } from '../../catalogue/definition/event-names.ts';
import { suggest } from '../../diagnostics/nearest-match.ts';
import type { StatementOf } from '../../tree/ast.ts';
import { withArticle } from '../../values/value.ts';
import { checkExpression, type ExpressionScope } from '../expressions/check-expression.ts';

export function checkHandler({ event, from }: StatementOf<'on'>, scope: ExpressionScope): void {
  if (event.name !== '' && !eventNames.has(event.name)) {
    const suggestion = suggest(event.name, eventNames.keys(), 'grammar.md lists them: mirror.completed, link.lost, …');
    scope.sink.report(event, 'U0310', { name: event.name.slice(0, 40), suggestion });
  }
  if (from === undefined) return;
  const type = checkExpression(from, scope, true);
  if (['any', 'connection', 'integer', 'number', 'string', 'server'].includes(type)) return;
  scope.sink.report(from, 'U0502', {
    what: 'what ON … FROM is given',
    expected: 'a connection or a server',
    found: withArticle(type),
    suggestion: 'write FROM $con or FROM beta',
  });
}

// PARAM: a type that there is, and a value of that type for a script that is given none.
import { suggest } from '../../diagnostics/nearest-match.ts';
import type { StatementOf } from '../../tree/ast.ts';
import { checkExpression, type ExpressionScope, expectType } from '../expressions/check-expression.ts';
import type { StaticType } from '../expressions/known-types.ts';
import { parameterTypes, typeOfParameter } from './parameters.ts';

/** Returns the type that the parameter has in the script. */
export function checkParameter(statement: StatementOf<'param'>, scope: ExpressionScope): StaticType {
  const { name, type, default: preset } = statement;
  if (type !== undefined && !parameterTypes.has(type.name)) {
    const types = [...parameterTypes.keys()];
    const suggestion = suggest(type.name, types, `the types are ${types.join(', ')}`);
    scope.sink.report(type, 'U0308', { name: type.name, suggestion });
  }
  const declared = typeOfParameter(statement);
  if (preset !== undefined) {
    // A word in brackets is no text, but a name that nothing has.
    const isText = preset.kind === 'word' && preset.end - preset.start === preset.text.length;
    const given = isText ? 'string' : checkExpression(preset, scope);
    const written: Partial<Record<StaticType, StaticType>> = { secret: 'string', decimal: 'number' };
    const fits = written[declared] ?? declared;
    if (type !== undefined) expectType(preset, given, fits, `the value of $${name}`, scope.sink);
  }
  return declared;
}

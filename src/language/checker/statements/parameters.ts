// The PARAMs of a script, for `run --help`, and the values that are given for them as text.
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import { nearestMatch } from '../../diagnostics/nearest-match.ts';
import type { Block, StatementOf } from '../../tree/ast.ts';
import { parseDuration, parseLiteral } from '../../values/units.ts';
import { secret, secretMask, typeOf, type Value, type ValueType, withArticle } from '../../values/value.ts';
import { literalText } from '../../values/value-text.ts';

/** The types a PARAM may declare, each with how its values are written. */
export const parameterTypes: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['integer', '5'],
  ['decimal', '2.5'],
  ['boolean', 'true'],
  ['duration', '10m'],
  ['size', '64KB'],
  ['rate', '10MB/s'],
  ['percent', '50%'],
  ['date', '2026-11-22'],
  ['time', '20:30'],
  ['datetime', '2026-11-22T20:30:00Z'],
  ['secret', 'text'],
]);

export interface ParameterDescription {
  /** Without the dollar. */
  readonly name: string;
  readonly type: ValueType;
  readonly required: boolean;
  /** The default as it prints; absent when there is none or it is computed. */
  readonly default?: string;
  readonly help: string;
}

export function describeParameters(block: Block): readonly ParameterDescription[] {
  return parametersOf(block).map((one) => {
    let preset: string | undefined;
    if (one.default?.kind === 'literal') preset = literalText(one.default.value);
    else if (one.default?.kind === 'word') preset = one.default.text;
    return {
      name: one.name,
      type: typeOfParameter(one),
      required: one.default === undefined,
      help: one.help ?? '',
      ...(preset === undefined ? {} : { default: typeOfParameter(one) === 'secret' ? secretMask : preset }),
    };
  });
}

/** The PARAMs of a block, and of the files that it includes. */
export function parametersOf(block: Block): readonly StatementOf<'param'>[] {
  return block.flatMap((one) => {
    if (one.kind === 'include') return parametersOf(one.body ?? []);
    return one.kind === 'param' ? [one] : [];
  });
}

export function typeOfParameter(statement: StatementOf<'param'>): ValueType {
  if (statement.type !== undefined && parameterTypes.has(statement.type.name)) return statement.type.name as ValueType;
  return statement.default?.kind === 'literal' ? typeOf(statement.default.value) : 'string';
}

/** The values for a run; values that are missing, unknown or of the wrong type are reported to the sink. */
export function readParameters(
  block: Block,
  given: Readonly<Record<string, string>>,
  sink: DiagnosticSink,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const declared = parametersOf(block);
  for (const statement of declared) {
    const text = given[statement.name];
    if (text === undefined) {
      if (statement.default === undefined) sink.report(statement.target, 'U0708', missing(statement));
      continue;
    }
    const type = typeOfParameter(statement);
    const value = parseParameter(text, type);
    if (value !== undefined) values.set(statement.name, value);
    else
      sink.report(statement.target, 'U0710', {
        name: statement.name,
        expected: withArticle(type),
        given: text,
        example: parameterTypes.get(type) ?? 'text',
      });
  }
  for (const name of Object.keys(given)) {
    if (declared.some((one) => one.name === name)) continue;
    const nearest = nearestMatch(
      name,
      declared.map((one) => one.name),
    );
    const suggestion = nearest === undefined ? 'run --help lists its parameters' : `did you mean --${nearest}?`;
    sink.report({ start: 0, end: 0 }, 'U0709', { name, suggestion });
  }
  return values;
}

/** A secret is given in a file, because everybody can see a command line. */
function missing(statement: StatementOf<'param'>): { readonly name: string; readonly option: string } {
  const { name } = statement;
  return { name, option: typeOfParameter(statement) === 'secret' ? `--${name}-file FILE` : `--${name} VALUE` };
}

function parseParameter(text: string, type: ValueType): Value | undefined {
  if (type === 'string') return text;
  if (type === 'secret') return secret(text);
  if (type === 'boolean') return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined;
  if (!/^-?\d/.test(text)) return undefined;
  const value = parseDuration(text) ?? parseLiteral(text);
  if (typeof value === 'object' && value.kind === 'invalid') return undefined;
  const found = typeOf(value);
  if (Number.isNaN(value)) return undefined;
  return found === type || (type === 'decimal' && found === 'integer') ? value : undefined;
}

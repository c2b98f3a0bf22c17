// WRITE TABLE: a list of records, or of handles with their properties, as lines below a heading. Every line is written on
// its own, so the budgets for output and memory hold however long the list is.
import { displayColumns } from '../../base/text/display-columns.ts';
import { printable } from '../../base/text/printable.ts';
import { tableLine } from '../../base/text/text-table.ts';
import { spendOnText, ValueProblem } from '../functions/operations.ts';
import type { StatementOf } from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import { isUnknown, none, type RecordValue, typeOf, unknown, type Value, withArticle } from '../values/value.ts';
import { valueText } from '../values/value-text.ts';
import type { Execution } from './execution.ts';
import { type Compiled, Completion, type Execute, evaluateAll } from './frame.ts';

/** The types that stand at the right of their column. */
const atRight: ReadonlySet<string> = new Set(['integer', 'decimal', 'duration', 'size', 'rate', 'percent']);

export function writeTable(
  records: Compiled,
  columns: readonly Compiled[],
  statement: StatementOf<'write-table'>,
): Execute {
  return async (frame) => {
    const { execution } = frame;
    const [given = none, ...wanted] = await evaluateAll([records, ...columns], frame);
    const rows = await rowsOf(given, statement, execution);
    if (rows === undefined || wanted.some(isUnknown)) {
      execution.write(unknown(`the table of ${execution.source.slice(statement.records)}`).text, statement);
      return Completion.normal;
    }
    const named = wanted.flatMap((one, index) => namesIn(one, statement.columns[index] ?? statement, execution));
    const names = columns.length > 0 ? named : [...new Set(rows.flatMap(({ fields }) => [...fields.keys()]))];
    await writeRows(rows, names, statement, execution);
    return Completion.normal;
  };
}

/** Undefined when a plan does not know them. */
async function rowsOf(
  given: Value,
  statement: StatementOf<'write-table'>,
  execution: Execution,
): Promise<readonly RecordValue[] | undefined> {
  const place = statement.records;
  const problem = (found: Value, what: string, expected: string): unknown =>
    execution.fail(
      new ValueProblem('U0502', {
        what,
        expected,
        found: withArticle(typeOf(found)),
        suggestion: 'write a list as [{name: "beta"}]',
      }),
      place,
    );
  if (isUnknown(given)) return undefined;
  if (typeof given !== 'object' || given.kind !== 'list')
    throw problem(given, 'what WRITE TABLE is given', 'a list of records or handles');
  const rows: RecordValue[] = [];
  for (const item of given) {
    if (--execution.fuel < 0) await execution.refuel();
    const isHandle = typeof item === 'object' && item.kind === 'handle';
    const row = isHandle ? await execution.property(item, [], place) : item;
    if (isUnknown(row)) return undefined;
    if (typeof row !== 'object' || row.kind !== 'record')
      throw problem(row, 'each item of the list of WRITE TABLE', 'a record or a handle');
    rows.push(row);
  }
  return rows;
}

function namesIn(value: Value, place: Range, execution: Execution): readonly string[] {
  const all = typeof value === 'object' && value.kind === 'list' ? value.items : [value];
  return all.map((name) => {
    if (typeof name === 'string') return name;
    const found = withArticle(typeOf(name));
    const suggestion = 'write COLUMNS "name", "mirror.percent"';
    throw execution.fail(
      new ValueProblem('U0502', { what: 'a name behind COLUMNS', expected: 'a string', found, suggestion }),
      place,
    );
  });
}

async function writeRows(
  rows: readonly RecordValue[],
  names: readonly string[],
  place: Range,
  execution: Execution,
): Promise<void> {
  if (names.length === 0) return;
  const headings = names.map(cellText);
  const widths = headings.map(displayColumns);
  const right = new Set(names.keys());
  const filled = new Set<number>();
  const lines: { readonly cells: readonly string[]; readonly shown: RecordValue }[] = [];
  for (const row of rows) {
    if (--execution.fuel < 0) await execution.refuel();
    const shown = new Map<string, Value>();
    const cells = names.map((name, column) => {
      const value = fieldAt(row, name);
      if (value === undefined) return '';
      shown.set(name, value);
      filled.add(column);
      if (value !== none && !atRight.has(typeOf(value))) right.delete(column);
      const text = cellText(valueText(value));
      spendOnText(text.length, execution);
      widths[column] = Math.max(widths[column] ?? 0, displayColumns(text));
      return text;
    });
    lines.push({ cells, shown: { kind: 'record', fields: shown } });
  }
  for (const column of names.keys()) if (!filled.has(column)) right.delete(column);
  execution.write(tableLine(headings, widths, right), place, 'heading');
  for (const { cells, shown } of lines) {
    if (--execution.fuel < 0) await execution.refuel();
    execution.write(tableLine(cells, widths, right), place, shown);
  }
}

/** `mirror.percent` is a field of a field, when no field has the whole name. */
function fieldAt(record: RecordValue, name: string): Value | undefined {
  const whole = record.fields.get(name);
  const dot = name.indexOf('.');
  if (whole !== undefined || dot < 0) return whole;
  const part = record.fields.get(name.slice(0, dot));
  return typeof part === 'object' && part.kind === 'record' ? fieldAt(part, name.slice(dot + 1)) : undefined;
}

/** A cell is one line. */
function cellText(text: string): string {
  return printable(text.replaceAll(/\r\n|[\r\n]/g, ' '));
}

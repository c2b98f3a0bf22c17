// A value as the prompt shows it when it is typed alone: a record as names and values in two columns, a list of records
// as a table, anything else as WRITE prints it.
import { textTable } from '../base/text/text-table.ts';
import { type HandleValue, list, type RecordValue, type Value } from '../language/values/value.ts';
import { valueText } from '../language/values/value-text.ts';

/** A list that is longer is shown item by item. */
const lineColumnsMax = 76;
/** Records inside of records are opened up to here. */
const depthMax = 4;

/** `propertiesOf` reads all properties of a handle; it gives no record when they cannot be read. */
export async function shownLines(
  value: Value,
  propertiesOf: (handle: HandleValue) => Promise<Value>,
): Promise<readonly string[]> {
  if (typeof value !== 'object') return valueText(value).split('\n');
  if (value.kind === 'handle') {
    const properties = await propertiesOf(value);
    const isRecord = typeof properties === 'object' && properties.kind === 'record';
    return isRecord ? recordLines(properties) : [`${value.type} ${value.number}`];
  }
  if (value.kind === 'record') return recordLines(value);
  if (value.kind === 'list') return listLines(value.items);
  return [valueText(value)];
}

function recordLines(record: RecordValue): readonly string[] {
  const rows = fieldsOf(record, '', 0);
  return rows.length === 0 ? [valueText(record)] : inColumns(rows);
}

/** The fields under the names by which a script reads them: `mirror.percent`. */
function fieldsOf({ fields }: RecordValue, before: string, depth: number): [string, string][] {
  return [...fields].flatMap(([name, field]): [string, string][] => {
    const isOpen = typeof field === 'object' && field.kind === 'record' && field.fields.size > 0 && depth < depthMax;
    return isOpen ? fieldsOf(field, `${before}${name}.`, depth + 1) : [[before + name, cellText(field)]];
  });
}

function listLines(items: readonly Value[]): readonly string[] {
  const records = items.filter((one) => typeof one === 'object' && one.kind === 'record');
  if (records.length > 0 && records.length === items.length) return tableLines(records);
  const text = valueText(list(items));
  return text.length <= lineColumnsMax ? [text] : items.map(cellText);
}

function tableLines(records: readonly RecordValue[]): readonly string[] {
  const names = [...new Set(records.flatMap(({ fields }) => [...fields.keys()]))];
  const cells = (record: RecordValue): string[] =>
    names.map((name) => {
      const field = record.fields.get(name);
      return field === undefined ? '' : cellText(field);
    });
  return names.length === 0 ? records.map(valueText) : inColumns([names, ...records.map(cells)]);
}

/** A cell is one line, whatever a text holds. */
function cellText(value: Value): string {
  return valueText(value).replaceAll(/\r?\n|\r/g, ' ');
}

function inColumns([heading = [], ...rows]: readonly (readonly string[])[]): readonly string[] {
  return textTable(heading, rows);
}

// Functions about lists and records. None changes what it is given.
import { type ListValue, list, none, numberMax, typeOf, type Value, withArticle } from '../values/value.ts';
import { asFields, asItems, asText, cannot, type FunctionContext, type FunctionTable } from './function-definition.ts';
import { arithmetic, compare, joinedLists } from './operations.ts';

const isSame = (one: Value, other: Value, context: FunctionContext): boolean =>
  typeOf(one) === typeOf(other) && compare('=', one, other, context);

/** The value by which an item is sorted: the item, or one of its fields. */
function sortedBy(item: Value, field: string | undefined): Value {
  if (field === undefined) return item;
  const value = asFields(item).get(field);
  if (value === undefined) throw cannot(`an item has no field ${field}`, 'sort records that all have the field');
  return value;
}

/** `field`, `descending`, or both, in this order. */
function sort(values: readonly Value[], context: FunctionContext): Value {
  const words = values.slice(1).map(asText);
  const descending = words.at(-1) === 'descending';
  const field = (descending ? words.slice(0, -1) : words)[0];
  const keyed = asItems(values[0]).map((item) => ({ item, key: sortedBy(item, field) }));
  keyed.sort((one, other) => {
    const order = compare('<', one.key, other.key, context) ? -1 : Number(compare('>', one.key, other.key, context));
    return descending ? -order : order;
  });
  return list(keyed.map(({ item }) => item));
}

function unique([whole]: readonly Value[], context: FunctionContext): Value {
  const simple = new Set<Value>();
  const others: Value[] = [];
  return list(
    asItems(whole).filter((item) => {
      if (typeof item !== 'object') {
        if (typeof item === 'string') context.spend(Math.ceil(item.length / 1024));
        return !simple.has(item) && simple.add(item);
      }
      context.spend(Math.ceil(others.length / 128));
      if (others.some((other) => isSame(other, item, context))) return false;
      others.push(item);
      return true;
    }),
  );
}

function end(whole: Value | undefined, index: number): Value {
  const items = whole as ListValue;
  const item = items.at(index < 0 ? items.length - 1 : index);
  if (item === undefined) throw cannot('an empty list has no items', 'test length($list) before');
  return item;
}

function sum(values: readonly Value[], context: FunctionContext): Value {
  const [first = 0, ...others] = asItems(values[0]);
  if (typeof first === 'string' || (typeof first === 'object' && first.kind === 'list'))
    throw cannot(`${withArticle(typeOf(first))} cannot be summed up`, 'join($list, "") makes one text of several');
  return others.reduce((total, one) => arithmetic('+', total, one, context), first);
}

function range([from, to, step]: readonly Value[], context: FunctionContext): Value {
  const [start, last, by] = [from as number, to as number, (step ?? 1) as number];
  if (by === 0) throw cannot('a step of 0 never comes to an end', 'give a step above or below 0');
  const count = Math.max(0, Math.floor((last - start) / by) + 1);
  if (count > 1024 * 1024) throw cannot(`a list of ${Math.min(count, numberMax)} items is too long`, 'use FOR … TO');
  context.spend(Math.ceil(count / 128));
  return list(Array.from({ length: count }, (_, index) => start + index * by));
}

/** The interpreter calls the function for each item (compile-call.ts); this is what the two say of themselves. */
const applying = { parameters: ['list', 'string', 'value'], required: 2, rest: true, result: 'list' } as const;

export const listFunctions: FunctionTable = [
  [
    'map',
    {
      ...applying,
      help: 'what a function returns for each item; the function is named in quotes, and gets the item and the values behind its name',
      example: ['map(["a-b", "c-d"], "replace", "-", "+")', '["a+b", "c+d"]'],
    },
  ],
  [
    'filter',
    {
      ...applying,
      help: 'the items for which a function returns true; the function is named in quotes, and gets the item and the values behind its name',
      example: ['filter(["a.log", "b.txt"], "endswith", ".log")', '["a.log"]'],
    },
  ],
  [
    'append',
    {
      parameters: ['list', 'value'],
      required: 2,
      rest: true,
      result: 'list',
      help: 'a list with one more item, or several, at its end',
      example: ['append([1, 2], 3)', '[1, 2, 3]'],
      isQuick: true,
      run: ([whole, ...more], context) => joinedLists(whole as ListValue, list(more), context),
    },
  ],
  [
    'sort',
    {
      parameters: ['list', 'string', 'string'],
      required: 1,
      result: 'list',
      help: 'the items in order; of records by a field that is named; with "descending" as the last value the greatest first',
      example: ['sort([{n: 2}, {n: 3}, {n: 1}], "n", "descending")', '[{n: 3}, {n: 2}, {n: 1}]'],
      run: sort,
    },
  ],
  [
    'reverse',
    {
      parameters: ['list'],
      required: 1,
      result: 'list',
      help: 'the items from the last to the first',
      example: ['reverse([1, 2, 3])', '[3, 2, 1]'],
      run: ([whole]) => list(asItems(whole).toReversed()),
    },
  ],
  [
    'unique',
    {
      parameters: ['list'],
      required: 1,
      result: 'list',
      help: 'the items without those that were there before',
      example: ['unique([1, 2, 1])', '[1, 2]'],
      run: unique,
    },
  ],
  [
    'first',
    {
      parameters: ['list'],
      required: 1,
      result: 'any',
      borrows: true,
      help: 'the first item of a list',
      example: ['first([4, 5, 6])', '4'],
      isQuick: true,
      run: ([whole]) => end(whole, 0),
    },
  ],
  [
    'last',
    {
      parameters: ['list'],
      required: 1,
      result: 'any',
      borrows: true,
      help: 'the last item of a list',
      example: ['last([4, 5, 6])', '6'],
      isQuick: true,
      run: ([whole]) => end(whole, -1),
    },
  ],
  [
    'sum',
    {
      parameters: ['list'],
      required: 1,
      result: 'any',
      borrows: true,
      help: 'the sum of numbers, or of quantities of one kind; 0 for an empty list',
      example: ['sum([5m, 30s])', '5m 30s'],
      run: sum,
    },
  ],
  [
    'range',
    {
      parameters: ['integer', 'integer', 'integer'],
      required: 2,
      result: 'list',
      help: 'the numbers from one to another, both included, with a step',
      example: ['range(0, 10, 5)', '[0, 5, 10]'],
      run: range,
    },
  ],
  [
    'keys',
    {
      parameters: ['record'],
      required: 1,
      result: 'list',
      borrows: true,
      help: 'the names of the fields of a record',
      example: ['keys({name: "x", ttl: 5m})', '["name", "ttl"]'],
      run: ([whole]) => list([...asFields(whole).keys()]),
    },
  ],
  [
    'values',
    {
      parameters: ['record'],
      required: 1,
      result: 'list',
      help: 'the values of the fields of a record',
      example: ['values({name: "x", ttl: 5m})', '["x", 5m]'],
      run: ([whole]) => list([...asFields(whole).values()]),
    },
  ],
  [
    'has',
    {
      parameters: ['record', 'string'],
      required: 2,
      result: 'boolean',
      borrows: true,
      help: 'whether a record has a field of that name',
      example: ['has({name: "x"}, "name")', 'true'],
      run: ([whole, name]) => asFields(whole).has(asText(name)),
    },
  ],
  [
    'field',
    {
      parameters: ['record', 'string', 'value'],
      required: 2,
      result: 'any',
      borrows: true,
      help: 'a field of a record by its name, or the last value where there is no such field',
      example: ['field({name: "x"}, "ttl", 5m)', '5m'],
      run: ([whole, name, otherwise]) => asFields(whole).get(asText(name)) ?? otherwise ?? none,
    },
  ],
  [
    'merge',
    {
      parameters: ['record', 'record'],
      required: 2,
      result: 'record',
      help: 'the fields of two records; of two fields of one name that of the second',
      example: ['merge({a: 1, b: 2}, {b: 3})', '{a: 1, b: 3}'],
      run: ([one, other], context) => {
        const fields = new Map([...asFields(one), ...asFields(other)]);
        context.spend(Math.ceil(fields.size / 128));
        return { kind: 'record', fields };
      },
    },
  ],
];

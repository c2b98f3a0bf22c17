// Functions that cut, search and pad texts, and those that turn texts into values and back.
import { isShallowJson, jsonDepthMax } from '../../base/json-value.ts';
import { CommandError } from '../values/host.ts';
import { jsonOfValue, valueOfJson } from '../values/json-values.ts';
import { parseDuration, parseLiteral } from '../values/units.ts';
import { list, typeOf, type Value, withArticle } from '../values/value.ts';
import { asItems, asNumber, asText, cannot, type FunctionTable, sliceOf } from './function-definition.ts';
import { compare, countParts, type Meter, spendOnItems, ValueProblem, valueLengthMax } from './operations.ts';

function find([whole, part]: readonly Value[], meter: Meter): Value {
  if (typeof whole !== 'string') {
    const items = asItems(whole);
    spendOnItems(items.length, meter);
    return items.findIndex((one) => typeOf(one) === typeOf(part ?? '') && compare('=', one, part ?? '', meter));
  }
  if (typeof part === 'string') return whole.indexOf(part);
  throw cannot(`${withArticle(typeOf(part ?? ''))} is not in a string`, 'look for a string: find($text, "part")');
}

function repeated([piece, times]: readonly Value[]): Value {
  const [text, count] = [asText(piece), asNumber(times)];
  if (count < 0) throw cannot(`${count} is not a number of times`, 'give 0 or more');
  const length = text.length * count;
  if (length > valueLengthMax)
    throw new ValueProblem('U0706', { size: `${length} characters`, limit: `${valueLengthMax}` });
  return text.repeat(count);
}

function padded([whole, width, by]: readonly Value[], left: boolean): Value {
  const length = asNumber(width);
  if (length > valueLengthMax)
    throw new ValueProblem('U0706', { size: `${length} characters`, limit: `${valueLengthMax}` });
  const filler = by === undefined ? ' ' : asText(by);
  return left ? asText(whole).padStart(length, filler) : asText(whole).padEnd(length, filler);
}

function toJson([value]: readonly Value[], meter: Meter): Value {
  countParts(value ?? '', meter);
  try {
    return JSON.stringify(jsonOfValue(value ?? '', 'what json is given'));
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown;
    throw cannot(thrown.message, thrown.hint ?? '');
  }
}

function fromJson([given]: readonly Value[]): Value {
  let json: unknown;
  try {
    json = JSON.parse(asText(given));
  } catch {
    throw cannot(`"${asText(given).slice(0, 40)}" is not JSON`, 'give one whole JSON value');
  }
  if (isShallowJson(json)) return valueOfJson(json);
  throw cannot(`the JSON is nested deeper than ${jsonDepthMax}`, 'take a flatter part of it');
}

/** The value that a text spells as a literal of the language would. */
function parse([given]: readonly Value[]): Value {
  const text = asText(given).trim();
  const value = parseDuration(text) ?? (/^-?\d/.test(text) ? parseLiteral(text) : undefined);
  const reason = typeof value === 'object' && value.kind === 'invalid' ? `: ${value.reason}` : '';
  if (value === undefined || Number.isNaN(value) || (typeof value === 'object' && value.kind === 'invalid'))
    throw cannot(
      `"${text.slice(0, 40)}" is no value${reason}`,
      'write it as in a script: 5m, 1h 30m, 64 KB, 10 MB/s, 50%, 2026-11-22, 20:30, 2026-11-22T20:30:00Z',
    );
  return value;
}

export const textFunctions: FunctionTable = [
  [
    'slice',
    {
      parameters: ['text or list', 'integer', 'integer'],
      required: 2,
      result: 'any',
      help: 'the part of a string or list from a place, counted from 0, to before another; a place below 0 counts from the end',
      example: ['slice("replica", 0, 3)', 'rep'],
      run: ([whole, from, to]) => sliceOf(whole, from, to),
    },
  ],
  [
    'find',
    {
      parameters: ['text or list', 'value'],
      required: 2,
      result: 'integer',
      borrows: true,
      help: 'the place, counted from 0, of a part in a string or of an item in a list; -1 where there is none',
      example: ['find("a=b", "=")', '1'],
      run: find,
    },
  ],
  [
    'repeat',
    {
      parameters: ['string', 'integer'],
      required: 2,
      result: 'string',
      help: 'a string several times over',
      example: ['repeat("ab", 3)', 'ababab'],
      run: repeated,
    },
  ],
  [
    'padleft',
    {
      parameters: ['string', 'integer', 'string'],
      required: 2,
      result: 'string',
      help: 'a string made as long as said by blanks, or another filler, before it',
      example: ['padleft("7", 3, "0")', '007'],
      run: (values) => padded(values, true),
    },
  ],
  [
    'padright',
    {
      parameters: ['string', 'integer', 'string'],
      required: 2,
      result: 'string',
      help: 'a string made as long as said by blanks, or another filler, behind it',
      example: ['padright("ab", 4, ".")', 'ab..'],
      run: (values) => padded(values, false),
    },
  ],
  [
    'lines',
    {
      parameters: ['string'],
      required: 1,
      result: 'list',
      help: 'the lines of a string, without their ends',
      example: ["lines('one')", '["one"]'],
      run: ([whole]) => {
        const all = asText(whole).split(/\r?\n/);
        return list(all.at(-1) === '' ? all.slice(0, -1) : all);
      },
    },
  ],
  [
    'json',
    {
      parameters: ['value'],
      required: 1,
      result: 'string',
      help: 'a value as JSON; durations become milliseconds, sizes bytes',
      example: [`json({name: "x", sizes: [1, 2]})`, '{"name":"x","sizes":[1,2]}'],
      run: toJson,
    },
  ],
  [
    'parsejson',
    {
      parameters: ['string'],
      required: 1,
      result: 'any',
      help: 'the value that a text of JSON stands for; null is none',
      example: [`parsejson('{"ports": [80, 443]}').ports[1]`, '443'],
      run: fromJson,
    },
  ],
  [
    'parse',
    {
      parameters: ['string'],
      required: 1,
      result: 'any',
      help: 'the number, quantity, date or time that a string spells, as in a script or as it prints',
      example: ['parse("90 min") + 30m', '2h'],
      run: parse,
    },
  ],
];

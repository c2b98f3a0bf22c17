// Functions that look for regular expressions (patterns.ts). They wait for the library at their first call, and between
// two finds whenever the run has gone on for long.
import { list, none, record, type Value } from '../values/value.ts';
import {
  asText,
  type BuiltinFunction,
  cannot,
  type FunctionContext,
  type FunctionTable,
} from './function-definition.ts';
import { joined, ValueProblem, valueLengthMax } from './operations.ts';
import type { Found } from './patterns.ts';

async function findAll(
  [text, pattern]: readonly Value[],
  context: FunctionContext,
  atMost = Number.POSITIVE_INFINITY,
): Promise<readonly Found[]> {
  const { find } = await import('./patterns.ts');
  const all: Found[] = [];
  for (const one of find(asText(text), asText(pattern))) {
    all.push(one);
    if (all.length >= atMost) break;
    context.spend(1 + Math.ceil(one.text.length / 1024));
    await context.pause();
  }
  return all;
}

/** `named` is there when the pattern has names for groups. */
function shown({ text, start, groups, named }: Found): Value {
  const names = Object.entries(named).map(([name, one]): [string, Value] => [name, one ?? none]);
  const fields = { text, start, groups: list(groups.map((one) => one ?? none)) };
  return record(names.length === 0 ? fields : { ...fields, named: record(Object.fromEntries(names)) });
}

/** `\1` stands for the first group, `\0` for all that was found, `\\` for a backslash. */
function filledIn(replacement: string, one: Found): string {
  return replacement.replace(/\\(.?)/gs, (whole, sign: string) => {
    if (sign === '\\') return '\\';
    const at = /^\d$/.test(sign) ? Number(sign) : -1;
    if (at === 0) return one.text;
    if (at > 0 && at <= one.groups.length) return one.groups[at - 1] ?? '';
    const reason = at > 0 ? `the pattern has no group ${at}` : `${whole} stands for nothing in a replacement`;
    throw cannot(reason, 'write \\1 for the first group, \\0 for all that is found, \\\\ for a backslash');
  });
}

async function replaced(values: readonly Value[], context: FunctionContext): Promise<Value> {
  const [text, replacement] = [asText(values[0]), asText(values[2])];
  const pieces: string[] = [];
  let [from, length] = [0, 0];
  for (const one of await findAll(values, context)) {
    const by = filledIn(replacement, one);
    pieces.push(text.slice(from, one.start), by);
    from = one.end;
    length += by.length;
    if (length > valueLengthMax)
      throw new ValueProblem('U0706', { size: `${length} characters`, limit: `${valueLengthMax}` });
  }
  return joined([...pieces, text.slice(from)]);
}

async function cut(values: readonly Value[], context: FunctionContext): Promise<Value> {
  const text = asText(values[0]);
  const parts: string[] = [];
  let from = 0;
  for (const one of await findAll(values, context)) {
    if (one.end === 0 || (one.text === '' && one.start === text.length)) continue;
    parts.push(text.slice(from, one.start));
    from = one.end;
  }
  return list([...parts, text.slice(from)]);
}

type Rest = Pick<BuiltinFunction, 'result' | 'help' | 'example' | 'runLater'>;
const searching = (rest: Rest): BuiltinFunction => ({
  parameters: ['string', 'string'],
  required: 2,
  pattern: 1,
  ...rest,
});

export const patternFunctions: FunctionTable = [
  [
    'matches',
    searching({
      result: 'boolean',
      help: 'whether a string has a part that a pattern describes; ^ and $ stand for its ends',
      example: ["matches('web-12', '^web-[0-9]+$')", 'true'],
      runLater: async (values, context) => (await findAll(values, context, 1)).length > 0,
    }),
  ],
  [
    'match',
    searching({
      result: 'any',
      help: 'the first part that a pattern describes, with its place and its groups, those of a name as `.named.used` for (?<used>…); none where there is no such part',
      example: [`match('disk 87%', '(?<used>[0-9]+)%').named.used`, '87'],
      runLater: async (values, context) => (await findAll(values, context, 1)).map(shown)[0] ?? none,
    }),
  ],
  [
    'matchall',
    searching({
      result: 'list',
      help: 'all parts that a pattern describes, each as match gives it',
      example: [`map(matchall('a1 b22', '[0-9]+'), "field", "text")`, '["1", "22"]'],
      runLater: async (values, context) => list((await findAll(values, context)).map(shown)),
    }),
  ],
  [
    'replacepattern',
    {
      parameters: ['string', 'string', 'string'],
      required: 3,
      pattern: 1,
      result: 'string',
      help: 'a string with every part that a pattern describes replaced; \\1 stands for the first group, \\0 for the whole part',
      example: [`replacepattern('22.11.2026', '(\\d+)\\.(\\d+)\\.(\\d+)', '\\3-\\2-\\1')`, '2026-11-22'],
      runLater: replaced,
    },
  ],
  [
    'splitpattern',
    searching({
      result: 'list',
      help: 'the parts of a string between separators that a pattern describes',
      example: ["splitpattern('a,  b;c', '[,;] *')", '["a", "b", "c"]'],
      runLater: cut,
    }),
  ],
];

// The pages of HELP about more than one word: all statements, functions, units, operators, and what else the language
// is made of.
import { eventNames } from '../../catalogue/definition/event-names.ts';
import { builtinFunctions } from '../../functions/builtin-functions.ts';
import { statementWords } from '../statement-words.ts';
import { functionSyntax } from './function-help.ts';
import { aligned, wrapped } from './layout.ts';
import { units } from './units.ts';

export interface Topic {
  readonly name: string;
  readonly summary: string;
  readonly lines: () => readonly string[];
}

function page(heading: string, lines: readonly string[]): readonly string[] {
  return [heading, '', ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}

export const topics: readonly Topic[] = [
  {
    name: 'STATEMENTS',
    summary: 'what controls a script: IF, FOR, TRY, WAIT, …',
    lines: () => [
      ...page('Statements', aligned(statementWords.map(({ word, summary }) => [word, summary]))),
      ...[
        '',
        '  $name = value gives a variable a value, $name += value changes it; HELP variables says more. A line end or a ; ends a statement.',
        '  HELP and the word explain it.',
      ],
    ],
  },
  {
    name: 'FUNCTIONS',
    summary: 'what can be computed from values: length(), now(), …',
    lines: () => [
      ...page('Functions', aligned([...builtinFunctions].map(([name, one]) => [functionSyntax(name, one), one.help]))),
      ...['', '  HELP and the name explain one. FUNCTION defines your own.'],
    ],
  },
  {
    name: 'UNITS',
    summary: 'durations, sizes and rates: 5 minutes, 64 KB, 10 MB/s',
    lines: () =>
      page('Units', [
        ...aligned(units.map(({ spellings, kind, meaning }) => [spellings.join(', '), `${kind}: ${meaning}`])),
        ...['', 'A size with /s is a rate: 10 MB/s. A % that touches a number is a percentage: 50%.'],
        ...['A date is 2026-11-22, a time of day 20:30, an instant 2026-11-22T20:30:00Z.', ''],
        ...['write 1 GB / 10 MB/s', 'write 50% * 1 GB', 'write 2026-11-22 + 1 day'],
      ]),
  },
  {
    name: 'OPERATORS',
    summary: '+ - * / %, comparisons, AND, OR, NOT',
    lines: () =>
      page('Operators, those that bind least first', [
        ...aligned([
          ['OR', 'true when one side is'],
          ['AND', 'true when both sides are'],
          ['NOT', 'the opposite'],
          ['= <> < <= > >=', 'compare; they are not chained'],
          ['+ -', 'add and subtract; + also joins texts and lists'],
          ['* / %', 'multiply, divide, the remainder'],
        ]),
        '',
        'AND and OR look at their right side only when they must. Brackets ( ) group.',
        'In a command an operator needs brackets: wait (2 * 5 seconds)',
        '',
        ...['write 7 % 3, " ", 2 + 3 * 4', 'if not 1 GB = 0 and 1 GB > 64 KB then write "large" end'],
      ]),
  },
  {
    name: 'STRINGS',
    summary: 'texts in quotes, and values inside of them',
    lines: () =>
      page('Strings', [
        ...aligned([
          ['"…"', '$name and ${value} inside are replaced; "" is a quote, $$ a dollar'],
          ["'…'", 'taken as it stands'],
          ['"""…"""', 'over several lines'],
          ['e"…"', 'as "…", with escapes: \\n \\r \\t \\\\ \\" \\$ \\u{1F600}; e"""…""" over several lines'],
        ]),
        '',
        'A backslash is an ordinary character: "d:\\data". $name stops at a dot; ${con.mirror.percent} does not.',
        'A word without blanks, a path or an address needs no quotes in a command.',
        '',
        ...['$who = "world"', 'write "hello $who, ${length($who)} letters, 5 $$"'],
      ]),
  },
  {
    name: 'VARIABLES',
    summary: 'values of variables, lists, records and the properties of a connection',
    lines: () =>
      page('Variables and values', [
        ...aligned([
          ['$name', 'a variable: $size = 1 GB'],
          ['[a, b]', 'a list; $list[0] is its first item, $list[-1] its last; $text[0] is a character'],
          ['{name: "x"}', 'a record; $record.name is one of its fields'],
          ['TRUE, FALSE, NONE', 'yes, no, and nothing'],
          ['$con.mirror.percent', 'a property of a connection, asked for each time'],
          ['$count += 1', 'changes a variable; -= *= /= too, and += puts texts and lists behind'],
          ['$list[0] = 5', 'gives an item that is there another value; -1 is the last'],
          ['$record.name = "x"', 'gives a field a value; it may be a new field'],
        ]),
        '',
        'A command gives its result: $con = CONNECT … At the prompt a value typed alone is shown.',
        '',
        ...[
          '$sites = [{name: "beta", ttl: 5m}]',
          '$sites[0].ttl += 1m',
          '$sites += [{name: "gamma"}]',
          'write $sites[0].ttl',
        ],
      ]),
  },
  {
    name: 'EVENT NAMES',
    summary: 'the names for which ON waits',
    lines: () => [
      'Events',
      '',
      ...wrapped([...eventNames.keys()], '  '),
      ...['', '  on mirror.completed do', '    write $event.message', '  end', '', '  See also: HELP ON'],
    ],
  },
  {
    name: 'PROMPT',
    summary: 'the keys and the words that only the prompt has',
    lines: () =>
      page('The prompt', [
        ...aligned([
          ['Tab', 'completes words, names, properties and paths'],
          ['Up, Down', 'go through what was typed; a block comes back whole and can be edited'],
          ['Ctrl-R', 'searches what was typed; again for an older one, Ctrl-G gives up'],
          ['Ctrl-C', 'cancels the command, or drops the line'],
          ['Ctrl-D, QUIT', 'end the session'],
          ['SAVE "file"', 'writes what succeeded as a script'],
          ['a value alone', 'is shown: 1 GB / 10 MB/s, $con, $con.mirror.percent'],
        ]),
        '',
        'Colours are off when NO_COLOR is set or the terminal has none.',
      ]),
  },
];

export function topicNamed(name: string): Topic | undefined {
  return topics.find((one) => one.name === name.toUpperCase());
}

// The TextMate grammar, with which editors colour a script. It follows the two ways to read a line (grammar.md, Text): what
// stands at the root is where a statement begins; a command, or an expression, lasts to the end of its statement. Expressions of
// this kind know no more than one line at a time, so the end of a line that goes on is taken in by a rule of its own.
import { commands } from '../../src/language/catalogue/catalogue.ts';
import { keywordForms } from '../../src/language/catalogue/definition/abbreviation.ts';
import { spelledUnits } from '../../src/language/values/units.ts';

export interface Pattern {
  readonly [key: string]: unknown;
}

const reserved = 'then|do|else|end|finally';
/** Before a reserved word that ends a command or an expression. */
const beforeReserved = String.raw`(?=(?<![^\s;,)\]}"'])(?i:${reserved})(?=[\s;#,=()"'$]|$))`;
const statementEnd = `$|(?=;)|${beforeReserved}`;
const behindStatementWord = String.raw`(?=[\s;#=("'$\[{]|$)`;
const wordStart = String.raw`[^\s"'$;()\[\]{},=#\x00-\x1f]`;
const wordRest = String.raw`[^\s"'$;()\[\]{},=\x00-\x1f]*`;
const name = '[A-Za-z_][A-Za-z0-9_]*';
/** The fields and items of a variable that is assigned to. */
const partOf = String.raw`(?:\.${name}|\[[^\]]*\])*`;

const units = [...spelledUnits].sort((one, other) => other.length - one.length).join('|');
const time = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?`;
const instant = String.raw`\d{4}-\d{2}-\d{2}(?:[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:[Zz]|[+-]\d{2}:\d{2})?)?`;
const amount = String.raw`\d+(?:\.\d+)?(?:%|[smhdwSMHDW]|[bB](?:/[sS])?|[ \t]+B(?:/[sS])?|[ \t]*(?i:${units})(?:/[sS])?|)`;
const commandLiteral = String.raw`(?:${instant}|${time}|-?${amount})(?=[\s;,)\]}=]|$)`;
const expressionLiteral = `(?:${instant}|${time}|${amount})(?![A-Za-z0-9_])`;

const include = (...names: string[]): Pattern[] => names.map((one) => ({ include: `#${one}` }));
const matched = (scope: string, match: string): Pattern => ({ name: `${scope}.dtcl`, match });

const commandForms = [
  ...new Set(commands.flatMap((one) => [one.words, one.alias ?? one.words]).map((one) => one.split(' ')[0])),
]
  .flatMap((one) => [...keywordForms(one ?? '')])
  .toSorted((one, other) => other.length - one.length || (one < other ? -1 : 1))
  .join('|');
/** Behind `$name =`: a word of the catalogue, or any that an argument follows. */
const assignedCommand = String.raw`(?!(?i:not|true|false|none)\b)(?:[A-Za-z]+[ \t]+(?!(?i:and|or|${reserved})\b)["'$/A-Za-z0-9]|(?i:${commandForms})(?:[ \t]*(?:[;#]|$)|[ \t]+(?i:do|else|end|finally)\b))`;

/** What begins where a token begins and lasts until `end`. In a line that goes on, `end` must not match its end. */
function lasting(
  begin: string,
  scopes: Readonly<Record<string, string>>,
  end: string,
  patterns: readonly Pattern[],
): Pattern {
  const beginCaptures = Object.fromEntries(
    Object.entries(scopes).map(([number, scope]) => [number, { name: `${scope}.dtcl` }]),
  );
  return { begin, beginCaptures, end, patterns };
}

/** A line that ends with a `\`, a comma or an operator is followed by another of the same statement. */
function goingOn(mark: string, scope: string): Pattern {
  return lasting(
    String.raw`(${mark})[ \t]*(#.*)?$\n?`,
    { 1: scope, 2: 'comment.line.number-sign' },
    String.raw`(?=[^\s#])`,
    [...include('comment')],
  );
}

const operator = '<>|<=|>=|[<>=+*/%-]';
const goesOn = [
  goingOn(',', 'punctuation.separator'),
  goingOn(operator, 'keyword.operator'),
  goingOn(String.raw`\b(?i:and|or)\b`, 'keyword.operator.word'),
];
const backslash = lasting(
  String.raw`(?<=[ \t])(\\)[ \t]*$\n?`,
  { 1: 'punctuation.separator.continuation' },
  String.raw`(?=\S)|$`,
  [],
);

function bracket(open: string, close: string): Pattern {
  return lasting(open, {}, close, include('inBracket'));
}

const repository: Readonly<Record<string, Pattern>> = {
  comment: matched('comment.line.number-sign', '#.*$'),
  strings: {
    patterns: [
      {
        name: 'string.quoted.triple.escaped.dtcl',
        begin: '[eE]"""',
        end: '"""',
        patterns: include('escapes', 'inString'),
      },
      {
        name: 'string.quoted.double.escaped.dtcl',
        begin: '[eE]"',
        end: '"(?!")|$',
        patterns: [...include('escapes'), matched('constant.character.escape', '""'), ...include('inString')],
      },
      {
        name: 'string.quoted.triple.dtcl',
        begin: '"""',
        end: '"""',
        patterns: include('inString'),
      },
      {
        name: 'string.quoted.double.dtcl',
        begin: '"',
        end: '"(?!")|$',
        patterns: [matched('constant.character.escape', '""'), ...include('inString')],
      },
      matched('string.quoted.single', "'[^']*'"),
    ],
  },
  escapes: {
    patterns: [
      matched('constant.character.escape', String.raw`\\(?:[nrt\\"$]|u\{[0-9A-Fa-f]{1,6}\})`),
      matched('invalid.illegal.escape', String.raw`\\.`),
    ],
  },
  inString: {
    patterns: [
      matched('constant.character.escape', String.raw`\$\$`),
      { name: 'meta.interpolation.dtcl', begin: String.raw`\$\{`, end: String.raw`\}`, patterns: include('inBracket') },
      matched('variable.other', String.raw`\$${name}`),
    ],
  },
  variable: {
    patterns: [
      matched('variable.other', String.raw`\$${name}`),
      matched('variable.other.member', String.raw`(?<=[A-Za-z0-9_)\]}])\.${name}`),
    ],
  },
  brackets: {
    patterns: [
      bracket(String.raw`\(`, String.raw`\)`),
      bracket(String.raw`\[`, String.raw`\]`),
      bracket(String.raw`\{`, String.raw`\}`),
    ],
  },
  inBracket: {
    patterns: [...include('comment', 'strings', 'variable', 'brackets', 'value', 'operators', 'choosing', 'names')],
  },
  value: matched('constant.numeric', expressionLiteral),
  operators: {
    patterns: [
      matched('keyword.operator.word', String.raw`\b(?i:and|or|not)\b`),
      matched('constant.language', String.raw`\b(?i:true|false|none)\b`),
      matched('keyword.operator', operator),
    ],
  },
  clauseWords: matched('keyword.control', String.raw`\b(?i:each|in|to|step|until|every|timeout|table|columns)\b`),
  choosing: matched('keyword.control', String.raw`\b(?i:if|then|else)(?=[\s("'$\[{]|$)(?!\s*:)`),
  names: matched('entity.name.function', name),
  inExpression: {
    patterns: [
      ...goesOn,
      backslash,
      ...include('comment', 'strings', 'variable', 'brackets', 'value', 'operators', 'clauseWords', 'names'),
    ],
  },
  inCommand: {
    patterns: [
      backslash,
      ...include('comment', 'strings', 'variable', 'brackets'),
      matched('constant.numeric', commandLiteral),
      matched('keyword.operator', '='),
      matched('string.unquoted.argument', `${wordStart}${wordRest}`),
    ],
  },
  statement: {
    patterns: [
      ...include('comment'),
      matched('keyword.control', `(?i:${reserved}|try|parallel|break|continue)${behindStatementWord}`),
      matched('keyword.control', String.raw`(?i:on[ \t]+error)(?=[\s;#$]|$)`),
      lasting(
        String.raw`((?i:if|while|switch|when|for|write|fail|exit|return|every|wait(?![ \t]+(?i:for)(?:[\s;]|$))))${behindStatementWord}`,
        { 1: 'keyword.control' },
        statementEnd,
        include('inExpression'),
      ),
      lasting(
        String.raw`((?i:function))[ \t]+(${wordStart}${wordRest})`,
        { 1: 'keyword.control', 2: 'entity.name.function' },
        String.raw`(?<=\))|$`,
        include('brackets'),
      ),
      lasting(
        String.raw`((?i:task))[ \t]+(${wordStart}${wordRest})(?=[ \t]*\()`,
        { 1: 'keyword.control', 2: 'entity.name.function' },
        '(?<=""")|$',
        [{ name: 'string.quoted.triple.javascript.dtcl', begin: '"""', end: '"""' }, ...include('inCommand')],
      ),
      lasting(
        `((?i:param|on|include))${behindStatementWord}`,
        { 1: 'keyword.control' },
        statementEnd,
        include('inCommand'),
      ),
      lasting(
        String.raw`(\$${name})(?=${partOf}\s*=\s*${assignedCommand})`,
        { 1: 'variable.other' },
        statementEnd,
        include('inCommand'),
      ),
      lasting(
        String.raw`(\$${name})(?=${partOf}\s*[-+*/]?=)`,
        { 1: 'variable.other' },
        statementEnd,
        include('inExpression'),
      ),
      ...include('strings', 'variable', 'brackets'),
      matched('keyword.operator', '='),
      lasting(`(${wordStart}${wordRest})`, { 1: 'entity.name.function' }, statementEnd, include('inCommand')),
    ],
  },
};

export function textMateGrammar(): Pattern {
  return {
    $schema: 'https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json',
    name: 'Understudy',
    scopeName: 'source.dtcl',
    fileTypes: ['dtcl'],
    patterns: include('statement'),
    repository,
  };
}

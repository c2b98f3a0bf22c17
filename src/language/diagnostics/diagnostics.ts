// Every message the language can give, in one catalogue: a stable code, a severity, a template, and what to write
// instead. A `{name}` in a template is a parameter that the caller must give; an unknown code or a missing parameter
// does not compile. grammar/errors.md lists the same codes for people, and a test compares the two.
//   U01xx text   U02xx syntax   U03xx names   U04xx commands   U05xx types and units   U06xx flow
//   U07xx while running   U08xx budgets   U09xx commands that failed
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Range, SourceText } from '../tree/source-text.ts';

interface Template {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix?: string;
}

export const diagnosticCatalogue = {
  U0101: { severity: 'error', message: 'the text is not UTF-8', fix: 'save the file as UTF-8' },
  U0102: { severity: 'error', message: '{characters} cannot stand here', fix: '{suggestion}' },
  U0103: {
    severity: 'error',
    message: 'this string is not closed on its line',
    fix: 'close it with {quote}, or open and close it with """ to write several lines',
  },
  U0104: { severity: 'error', message: 'this string over several lines is never closed', fix: 'close it with """' },
  U0105: { severity: 'error', message: 'this {bracket} is never closed', fix: 'close it with {closing}' },
  U0106: { severity: 'error', message: '{bracket} closes nothing', fix: 'take it away, or open it before' },
  U0107: {
    severity: 'error',
    message: 'brackets and blocks are nested deeper than {limit}',
    fix: 'give the inner part a name of its own: a variable or a function',
  },
  U0108: {
    severity: 'error',
    message: '`{literal}` is not a value: {reason}',
    fix: '{suggestion}',
  },
  U0109: {
    severity: 'error',
    message: 'two arguments touch each other',
    fix: 'put a blank between them, or write one string: "…$name…"',
  },
  U0110: {
    severity: 'error',
    message: '`${…}` is empty',
    fix: 'write the name of a variable or an expression between the braces, or $$ for a dollar',
  },
  U0111: {
    severity: 'error',
    message: 'the script has more than {limit} characters',
    fix: 'split it into several scripts',
  },
  U0112: {
    severity: 'error',
    message: 'the script has more than {limit} words and signs',
    fix: 'split it into several scripts',
  },
  U0113: {
    severity: 'error',
    message: 'a name is made of the letters A to Z, digits and _, and {name} holds others',
    fix: 'give it another name',
  },
  U0114: {
    severity: 'error',
    message: 'a backslash in e"…" begins an escape, and this is none',
    fix: 'write \\n, \\r, \\t, \\\\ for a backslash, \\", \\$, or \\u{…} with the number of a character, such as 1F600',
  },
  U0201: { severity: 'error', message: 'expected {expected} but found {found}', fix: 'write {expected} here' },
  U0202: { severity: 'error', message: 'expected {expected} but the line ends here', fix: 'write {expected} here' },
  U0203: {
    severity: 'error',
    message: 'a new statement begins here on the same line',
    fix: 'begin a new line, or write ; between them',
  },
  U0204: { severity: 'error', message: '{opening} has no END', fix: 'close it with END' },
  U0205: {
    severity: 'error',
    message: '{found} belongs to no open block',
    fix: 'take it away, or open the block before it',
  },
  U0206: {
    severity: 'error',
    message: 'a statement cannot begin with {found}',
    fix: '{suggestion}',
  },
  U0207: { severity: 'error', message: 'comparisons cannot be chained', fix: 'write two comparisons joined with AND' },
  U0208: {
    severity: 'error',
    message: 'after {after}, {found} is one too many',
    fix: '{suggestion}',
  },
  U0209: { severity: 'error', message: '`{written}` is no operator here', fix: '{suggestion}' },
  U0210: { severity: 'error', message: 'a block stands between words, and in no braces', fix: '{suggestion}' },
  U0211: {
    severity: 'error',
    message: '{word} stands behind a line end or a `;`',
    fix: 'write it on the same line as what is before it, and take a `;` away',
  },
  U0212: {
    severity: 'error',
    message: '{word} cannot stand behind {before}',
    fix: '{suggestion}',
  },
  U0213: { severity: 'error', message: 'a value has no functions of its own, such as {name}', fix: '{suggestion}' },
  U0214: {
    severity: 'error',
    message: '`{name}` is no variable without its dollar',
    fix: 'did you mean ${name}?',
  },
  U0215: { severity: 'error', message: 'a list stands in no round brackets', fix: 'write it as [a, b]' },
  U0301: { severity: 'error', message: 'there is no variable ${name}', fix: '{suggestion}' },
  U0302: { severity: 'error', message: 'there is no function {name}', fix: '{suggestion}' },
  U0303: { severity: 'error', message: '{name} takes {expected}, and {found} given', fix: 'call it as {signature}' },
  U0304: { severity: 'error', message: 'the function {name} is defined twice', fix: 'give one of them another name' },
  U0305: {
    severity: 'error',
    message: 'the parameter ${name} is declared twice',
    fix: 'give one of them another name',
  },
  U0306: { severity: 'error', message: '`{name}` is neither a value nor a command', fix: '{suggestion}' },
  U0307: {
    severity: 'error',
    message: '{what} can stand only at the top of a script, in no block',
    fix: 'move it out of the block',
  },
  U0308: { severity: 'error', message: 'there is no type {name}', fix: '{suggestion}' },
  U0310: { severity: 'error', message: 'there is no event {name}', fix: '{suggestion}' },
  U0311: { severity: 'error', message: 'cannot include {file}: {reason}', fix: '{suggestion}' },
  U0312: {
    severity: 'error',
    message: 'the file of an INCLUDE is read before the script runs, so its name cannot hold variables',
    fix: 'write the name of the file; $$ stands for a dollar',
  },
  U0313: {
    severity: 'error',
    message: 'this INCLUDE leads back to {file}, which is being included',
    fix: 'take it away, or move what both need into a file of its own',
  },
  U0314: {
    severity: 'error',
    message: '${name} cannot be a parameter here: it is a word of JavaScript',
    fix: 'give it another name',
  },
  U0315: {
    severity: 'error',
    message: 'the script of {name} has more than {limit} characters',
    fix: 'move a part of it into a program, and let the script run that',
  },
  U0316: { severity: 'error', message: 'this is no JavaScript: {message}', fix: 'correct the script of {name}' },
  U0317: { severity: 'error', message: '{name} needs the name of a function, and this is none', fix: '{suggestion}' },
  U0318: {
    severity: 'error',
    message: '{problem}',
    fix: "patterns are those of RE2, without look-around and back references; in '…' a $ stands for itself",
  },
  U0401: { severity: 'error', message: 'there is no command {name}', fix: '{suggestion}' },
  U0402: { severity: 'error', message: '{command} does not know `{word}`', fix: '{suggestion}' },
  U0403: { severity: 'error', message: '{command} needs {argument}', fix: 'write it as: {syntax}' },
  U0404: { severity: 'error', message: '{option} is given twice', fix: 'keep one of them' },
  U0405: { severity: 'error', message: '{option} needs a value: {expected}', fix: 'write {option} {example}' },
  U0406: { severity: 'error', message: '{command} has no place for this value', fix: 'write it as: {syntax}' },
  U0407: { severity: 'error', message: '{option} cannot be `{word}`', fix: '{suggestion}' },
  U0408: { severity: 'error', message: '{command} takes no block', fix: 'take away DO … END' },
  U0409: { severity: 'error', message: '{command} needs a block', fix: 'write DO, the statements, and END' },
  U0410: {
    severity: 'error',
    message: '{argument} of {command} must be {expected}, and this is {found}',
    fix: 'write {example}',
  },
  U0411: { severity: 'error', message: '{command} needs one of {options}', fix: 'write it as: {syntax}' },
  U0412: {
    severity: 'error',
    message: '`=` stands behind no option here',
    fix: 'take it away, or put what belongs together into brackets',
  },
  U0413: { severity: 'error', message: '{command} is not complete', fix: '{suggestion}' },
  U0414: { severity: 'warning', message: '{name} is not there yet: {missing}', fix: '{instead}' },
  U0415: {
    severity: 'warning',
    message: '`{path}` is a path of Windows, and the servers here are Linux machines: nothing can be there',
    fix: '{suggestion}',
  },
  U0416: {
    severity: 'error',
    message: '{argument} of {command} cannot be {value}: {reason}',
    fix: '{suggestion}',
  },
  U0417: { severity: 'error', message: '{command} may not reach {subject}: {reason}', fix: '{suggestion}' },
  U0418: {
    severity: 'error',
    message: '{option} is an option of the command above, which ended with its line',
    fix: 'options on the next line need a \\ behind a blank at the end of the line above',
  },
  U0501: { severity: 'error', message: 'cannot {operation} {left} and {right}', fix: '{suggestion}' },
  U0502: { severity: 'error', message: '{what} must be {expected}, and this is {found}', fix: '{suggestion}' },
  U0503: {
    severity: 'error',
    message: 'a secret cannot be shown',
    fix: 'pass it only where a secret is expected, such as the password of LOGIN',
  },
  U0504: { severity: 'error', message: '{type} has no {name}', fix: '{suggestion}' },
  U0505: {
    severity: 'error',
    message: 'this is compared with a secret',
    fix: 'a secret cannot be compared; leave it to the command that needs it',
  },
  U0506: {
    severity: 'error',
    message: 'a secret cannot be given to a script',
    fix: 'let the script run a program that reads it from its own place',
  },
  U0507: {
    severity: 'error',
    message: 'the secret in ${name} cannot travel: this block runs later, and its values are kept as text',
    fix: 'let the block get the secret when it runs',
  },
  U0508: { severity: 'error', message: 'no part of {type} can be given a value', fix: '{suggestion}' },
  U0601: {
    severity: 'warning',
    message: 'this statement is never reached',
    fix: 'take it away, or move it before {before}',
  },
  U0602: { severity: 'error', message: '{word} stands in no loop', fix: 'use it between DO and END of a WHILE or FOR' },
  U0603: { severity: 'error', message: 'RETURN stands in no function', fix: 'use EXIT to end the script' },
  U0604: {
    severity: 'error',
    message: 'TRY has neither ON ERROR nor FINALLY',
    fix: 'write ON ERROR $e and what to do then',
  },
  U0605: {
    severity: 'error',
    message: '{word} cannot stand in PARALLEL',
    fix: '{suggestion}',
  },
  U0606: {
    severity: 'error',
    message: '${name} gets its value in a branch of this PARALLEL, and those run in no order',
    fix: '{suggestion}',
  },
  U0607: {
    severity: 'warning',
    message: 'the result of {name} is thrown away, and it does nothing else',
    fix: 'give it to a variable: $result = {name}(…), or print it: WRITE {name}(…)',
  },
  U0701: {
    severity: 'error',
    message: '${name} has no value yet',
    fix: 'give it a value on every way that leads here',
  },
  U0702: { severity: 'error', message: 'division by zero', fix: 'test the divisor before' },
  U0703: {
    severity: 'error',
    message: 'the result is beyond ±9007199254740991, up to which integers are exact',
    fix: 'work with smaller numbers or larger units',
  },
  U0704: {
    severity: 'error',
    message: 'the list has {length} items, and item {index} is asked for',
    fix: 'items count from 0; length($list) says how many there are',
  },
  U0705: { severity: 'error', message: 'the record has no field {name}', fix: '{suggestion}' },
  U0706: {
    severity: 'error',
    message: 'a value of {size} is larger than the limit of {limit}',
    fix: 'build it in smaller pieces',
  },
  U0707: { severity: 'error', message: '{reason}', fix: '{suggestion}' },
  U0708: { severity: 'error', message: 'the parameter ${name} was not given', fix: 'run it with {option}' },
  U0709: { severity: 'error', message: 'the script has no parameter {name}', fix: '{suggestion}' },
  U0710: {
    severity: 'error',
    message: 'the parameter ${name} must be {expected}, and "{given}" is not',
    fix: 'write it as {example}',
  },
  U0711: {
    severity: 'error',
    message: 'the condition did not come true within {timeout}',
    fix: 'allow more time, or find out what holds it up: STATUS CON',
  },
  U0712: {
    severity: 'error',
    message: 'the list has {length} items, so item {index} cannot be given a value',
    fix: 'items count from 0; $list += [value] puts one behind the last',
  },
  U0801: {
    severity: 'error',
    message: 'the script took more than {limit} steps',
    fix: 'find the loop that does not end, or allow more with --max-steps',
  },
  U0802: {
    severity: 'error',
    message: 'the script took longer than {limit}',
    fix: 'find out what takes so long, or allow more with --max-time',
  },
  U0803: {
    severity: 'error',
    message: 'functions call each other deeper than {limit}',
    fix: 'find the call that does not end, or allow more with --max-depth',
  },
  U0804: {
    severity: 'error',
    message: 'the script wrote more than {limit}',
    fix: 'find the loop that writes so much, or allow more with --max-output',
  },
  U0805: {
    severity: 'error',
    message: 'the script needs more memory than {limit}',
    fix: 'find the list or text that grows without end, or allow more with --max-memory',
  },
  U0901: { severity: 'error', message: '{message}', fix: '{suggestion}' },
  U0902: { severity: 'error', message: 'the script was interrupted' },
} as const satisfies Readonly<Record<string, Template>>;

export type DiagnosticCode = keyof typeof diagnosticCatalogue;

type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends '…' ? never : Name) | Names<Rest>
  : never;
type FixOf<Entry> = Entry extends { readonly fix: infer Fix } ? Fix : '';

/** The parameters of a code: every `{name}` in its message and in its fix. */
export type ParametersOf<Code extends DiagnosticCode> = {
  readonly [Name in
    | Names<(typeof diagnosticCatalogue)[Code]['message']>
    | Names<FixOf<(typeof diagnosticCatalogue)[Code]>>]: string | number;
};

/** Another place that a diagnostic mentions. */
interface RelatedRange extends Range {
  readonly message: string;
}

function fill(template: string, parameters: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in parameters ? String(parameters[name]) : whole,
  );
}

/** A diagnostic of the catalogue, at a place in a text. An empty fix is left out. */
export function diagnose<Code extends DiagnosticCode>(
  source: SourceText,
  range: Range,
  code: Code,
  parameters: ParametersOf<Code>,
  related: readonly RelatedRange[] = [],
): Diagnostic {
  const template: Template = diagnosticCatalogue[code];
  const fix = fill(template.fix ?? '', parameters);
  return {
    code,
    severity: template.severity,
    message: fill(template.message, parameters),
    span: source.span(range),
    ...(fix === '' ? {} : { fix }),
    ...(related.length === 0
      ? {}
      : { related: related.map((one) => ({ span: source.span(one), message: one.message })) }),
  };
}

/** Nobody reads more diagnostics than this, and a text that is not a script at all must not fill the memory. */
const reportedMax = 1000;

/** Collects the diagnostics of all passes of the pipeline; of each severity, the first thousand. */
export class DiagnosticSink {
  readonly source: SourceText;
  readonly found: Diagnostic[] = [];
  readonly #counts = { error: 0, warning: 0 };

  constructor(source: SourceText) {
    this.source = source;
  }

  get isFull(): boolean {
    return this.#counts.error >= reportedMax;
  }

  report<Code extends DiagnosticCode>(
    range: Range,
    code: Code,
    parameters: ParametersOf<Code>,
    related: readonly RelatedRange[] = [],
  ): void {
    const { severity } = diagnosticCatalogue[code];
    if (this.#counts[severity]++ >= reportedMax) return;
    this.found.push(diagnose(this.source, range, code, parameters, related));
  }
}

// The words of one line of a scenario, taken one after the other. A word that does not fit is a `ScenarioMistake`, which says where it
// stands and what is allowed there.
import { suggest } from '../../language/diagnostics/nearest-match.ts';
import type { Range } from '../../language/tree/source-text.ts';

export type MistakeCode = 'R0101' | 'R0102' | 'R0103' | 'R0104';

export class ScenarioMistake extends Error {
  readonly code: MistakeCode;
  readonly range: Range;
  /** What to write instead. */
  readonly fix: string;

  constructor(code: MistakeCode, range: Range, message: string, fix: string) {
    super(message);
    this.name = 'ScenarioMistake';
    this.code = code;
    this.range = range;
    this.fix = fix;
  }
}

interface Word extends Range {
  readonly text: string;
  /** Then it is never a keyword. */
  readonly isQuoted: boolean;
}

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

const durationFix = 'write a duration: 90s, 5m, 24h, 5 minutes';

export class ScenarioWords {
  readonly #words: readonly Word[];
  readonly #end: Range;
  #at = 0;

  /** `offset` is where the line begins in the file. */
  constructor(line: string, offset: number) {
    const words: Word[] = [];
    for (const match of line.matchAll(/"[^"]*"?|<=|<|=|[^\s"#<=][^\s<=]*|#.*/g)) {
      const [text] = match;
      if (text.startsWith('#')) break;
      const start = offset + match.index;
      const isQuoted = text.startsWith('"');
      words.push({ text: isQuoted ? text.replaceAll('"', '') : text, isQuoted, start, end: start + text.length });
    }
    this.#words = words;
    const lineEnd = words.at(-1)?.end ?? offset;
    this.#end = { start: lineEnd, end: lineEnd + 1 };
  }

  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  /** From the first word to the last. */
  get range(): Range {
    return { start: this.#words[0]?.start ?? this.#end.start, end: this.#end.start };
  }

  get hasMore(): boolean {
    return this.#at < this.#words.length;
  }

  /** Where the next word is, or would be. */
  get here(): Range {
    return this.#words[this.#at] ?? this.#end;
  }

  /** One of these words, in any letter case; it comes back as it stands here. */
  keyword<Keyword extends string>(...allowed: readonly Keyword[]): Keyword {
    const found = this.optional(...allowed);
    if (found !== undefined) return found;
    throw this.unexpected(allowed);
  }

  /** The same, where the line may also go on in another way. */
  optional<Keyword extends string>(...allowed: readonly Keyword[]): Keyword | undefined {
    const word = this.#words[this.#at];
    const upper = word?.text.toUpperCase();
    const found = word?.isQuoted === true ? undefined : allowed.find((one) => one === upper);
    if (found !== undefined) this.#at += 1;
    return found;
  }

  unexpected(allowed: readonly string[]): ScenarioMistake {
    const word = this.#words[this.#at]?.text;
    const found = word === undefined ? 'the line ends' : `${word} is not expected`;
    const list = `write ${allowed.join(', ')}`.replace(/, ([^,]*)$/, ' or $1');
    const fix = word === undefined ? list : suggest(word, allowed, list);
    return new ScenarioMistake('R0101', this.here, `${found} here`, fix === list ? list : `${fix} Otherwise ${list}`);
  }

  /** Any word. `what` says what it is, with an example. */
  text(what: string): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw new ScenarioMistake('R0101', this.#end, 'the line ends here', `write ${what}`);
    this.#at += 1;
    return word.text;
  }

  /** All that is left, as one text. */
  rest(what: string): string {
    const first = this.text(what);
    const others = this.#words.slice(this.#at).map((word) => word.text);
    this.#at = this.#words.length;
    return [first, ...others].join(' ');
  }

  number(what: string): number {
    return this.#value(what, (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined), `write ${what}`);
  }

  path(what: string): string {
    const isPath = (text: string): string | undefined => (text.startsWith('/') && text !== '/' ? text : undefined);
    return this.#value(what, isPath, `write ${what}`).replace(/\/+$/, '');
  }

  /** In milliseconds; with a sign where `signed`. */
  duration(signed = false): number {
    const { here } = this;
    const text = this.text('a duration: 90s, 5m, 24h, 5 minutes');
    const sign = signed && /^[+-]/.test(text) ? text.slice(0, 1) : '';
    const number = text.slice(sign.length);
    const spelled = /^\d+$/.test(number) ? this.#words[this.#at]?.text.toLowerCase() : undefined;
    const unitMs = spelled === undefined ? undefined : unitsMs[spelled];
    if (unitMs !== undefined) this.#at += 1;
    const ms = unitMs === undefined ? gluedMs(number) : Number(number) * unitMs;
    if (ms === undefined) throw new ScenarioMistake('R0102', here, `${text} is no duration`, durationFix);
    return sign === '-' ? -ms : ms;
  }

  /** Nothing may follow. */
  finish(): void {
    const extra = this.#words[this.#at];
    if (extra === undefined) return;
    throw new ScenarioMistake('R0101', extra, `${extra.text} is not expected here`, 'the line says enough without it');
  }

  #value<Value>(what: string, read: (text: string) => Value | undefined, fix: string): Value {
    const { here } = this;
    const text = this.text(what);
    const value = read(text);
    if (value === undefined) throw new ScenarioMistake('R0102', here, `${text} is not ${what}`, fix);
    return value;
  }
}

/** `90s`, `1h30m`, `0.5s`. */
function gluedMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/i.test(text)) return undefined;
  const parts = text.toLowerCase().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  return [...parts].reduce((sum, [, number, unit]) => sum + Number(number) * (unitsMs[unit ?? ''] ?? 0), 0);
}

// Regular expressions of RE2, which are found in a time that grows with the text only, whatever the pattern. RE2 has no
// look-around and no back references; that is the price. The library takes 30 ms to load, so what needs patterns
// imports this module when it is called. A search cannot be interrupted, so it has a limit; between two it can.
import { RE2JS } from 're2js';
import { ValueProblem } from './operations.ts';

/** Characters of a text times instructions of a pattern: about a second. */
const searchMax = 16 * 1024 * 1024;
const patternLengthMax = 1000;
const keptMax = 32;

const patternHint = "patterns are those of RE2, without look-around and back references; in '…' a $ stands for itself";

export interface Found {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Of each group, the text that it has found; undefined where it took no part. */
  readonly groups: readonly (string | undefined)[];
  /** The same of each group that has a name, `(?<name>…)`. */
  readonly named: Readonly<Record<string, string | undefined>>;
}

const kept = new Map<string, RE2JS>();

/** What is wrong with a pattern, without a final dot; null when nothing is. */
export function patternProblem(pattern: string): string | null {
  try {
    compiled(pattern);
    return null;
  } catch (thrown) {
    if (!(thrown instanceof ValueProblem)) throw thrown;
    return String(thrown.parameters.reason);
  }
}

function compiled(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > patternLengthMax) throw faulty(`a pattern has at most ${patternLengthMax} characters`);
  let made: RE2JS;
  try {
    made = RE2JS.compile(pattern);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.replace(/^error parsing regexp: /, '') : String(thrown);
    throw faulty(`"${pattern.slice(0, 60)}" is no pattern: ${reason}`);
  }
  if (kept.size >= keptMax) kept.clear();
  kept.set(pattern, made);
  return made;
}

function faulty(reason: string): ValueProblem {
  return new ValueProblem('U0707', { reason, suggestion: patternHint });
}

/** The places of a pattern in a text, from the left, each behind the one before. */
export function* find(text: string, pattern: string): Generator<Found, void> {
  const expression = compiled(pattern);
  if (text.length * expression.programSize() > searchMax)
    throw new ValueProblem('U0707', {
      reason: `a text of ${text.length} characters is too long for this pattern`,
      suggestion: 'look for it in each of lines($text), or write a simpler pattern',
    });
  const matcher = expression.matcher(text);
  const groups = Array.from({ length: matcher.groupCount() }, (_, index) => index + 1);
  const names = Object.entries(expression.namedGroups());
  while (matcher.find()) {
    yield {
      start: matcher.start(),
      end: matcher.end(),
      text: matcher.group() ?? '',
      groups: groups.map((group) => matcher.group(group) ?? undefined),
      named: Object.fromEntries(names.map(([name, group]) => [name, matcher.group(group) ?? undefined])),
    };
  }
}

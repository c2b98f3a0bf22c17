// Shows lines that are more than the screen holds, a screen at a time, on a terminal. What was shown stays above, as all
// output does, so nothing is lost when the page ends. (DESIGN.md says why it is not a program such as less.)
import { type Key, typedText } from './keyboard.ts';

export interface PagerParts {
  /** The next key; undefined when there will be none. */
  readonly next: () => Promise<Key | undefined>;
  /** Rows of the screen, asked for each time, because a window can change. */
  readonly rows: () => number;
  /** How many rows a line takes. */
  readonly rowsOf: (line: string) => number;
  readonly out: (line: string) => void;
  /** Shows a line of its own below the text, in the place of the last one; an empty one goes away. */
  readonly status: (text: string) => void;
}

const usage = 'Space: more, Enter: a line, /: search, q: end';

export async function page(lines: readonly string[], parts: PagerParts): Promise<void> {
  const { next, status } = parts;
  let at = show(lines, 0, parts.rows() - 1, parts);
  let wanted = '';
  let said = usage;
  while (at < lines.length) {
    status(`-- ${at} of ${lines.length} lines -- ${said}`);
    const key = await next();
    status('');
    said = usage;
    if (key === undefined || key.name === 'q' || key.name === 'escape' || (key.ctrl && /[cd]/.test(key.name))) return;
    if (key.name === 'return' || key.name === 'down') at = show(lines, at, 1, parts);
    else if (key.sequence === ' ' || key.name === 'pagedown') at = show(lines, at, parts.rows() - 1, parts);
    else if (key.sequence === '/' || (key.sequence === 'n' && wanted !== '')) {
      wanted = key.sequence === '/' ? await askWanted(parts) : wanted;
      const found = lines.findIndex((one, index) => index >= at && one.toLowerCase().includes(wanted.toLowerCase()));
      if (wanted !== '' && found < 0) said = `nothing more with "${wanted}"; ${usage}`;
      else if (wanted !== '') at = show(lines, found, parts.rows() - 1, parts);
    }
  }
}

/** Prints lines from an index on, as many as fit into the rows but at least one; returns the index behind them. */
function show(lines: readonly string[], from: number, rows: number, { out, rowsOf }: PagerParts): number {
  let at = from;
  let used = 0;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? '';
    used += rowsOf(line);
    if (used > rows && at > from) break;
    out(line);
  }
  return at;
}

/** The words to search for; empty when the person gives up. */
async function askWanted({ next, status }: PagerParts): Promise<string> {
  let wanted = '';
  for (;;) {
    status(`/${wanted}`);
    const key = await next();
    status('');
    if (key === undefined || key.name === 'escape' || (key.ctrl && key.name === 'c')) return '';
    if (key.name === 'return') return wanted;
    wanted = key.name === 'backspace' ? [...wanted].slice(0, -1).join('') : wanted + typedText(key);
  }
}

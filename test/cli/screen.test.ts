// What a person at the prompt is shown, and in which order.
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Screen } from '../../src/cli/prompt/screen.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

function screen(interactive: boolean): {
  readonly screen: Screen;
  readonly commandLine: RecordedCommandLine;
  readonly output: PassThrough;
} {
  const output = new PassThrough();
  const commandLine = new RecordedCommandLine();
  return { screen: new Screen({ input: new PassThrough(), output, interactive }, commandLine), commandLine, output };
}

it('shows a person a thousand lines of a command, and says how many more there are', () => {
  const { screen: shown, commandLine } = screen(true);
  for (const count of [1000, 1003]) {
    shown.busy();
    for (let line = 0; line < count; line++) shown.out(`line ${line}`);
    shown.sayWhatIsHidden();
  }
  expect(commandLine.output).toHaveLength(2000);
  expect(commandLine.notes).toEqual([expect.stringMatching(/^… 3 more lines are not shown/)]);
});

it('leaves nothing out where lines go to a pipe', () => {
  const { screen: shown, commandLine } = screen(false);
  for (let line = 0; line < 1500; line++) shown.out('');
  shown.sayWhatIsHidden();
  expect([commandLine.output.length, commandLine.notes.length]).toEqual([1500, 0]);
});

/** A terminal of twenty columns: what a person sees after all that was written to it. */
class Glass extends PassThrough {
  readonly columns = 20;
  readonly #rows: string[] = [''];
  #row = 0;
  #column = 0;

  get rows(): readonly string[] {
    for (const piece of String(this.read() ?? '').match(/\p{Cc}\[\d*[A-Z]|./gsu) ?? []) this.#take(piece);
    return this.#rows.map((one) => one.trimEnd());
  }

  #take(piece: string): void {
    const [, count = '', control] = /^.\[(\d*)([A-Z])$/u.exec(piece) ?? [];
    if (control === 'A') this.#row = Math.max(0, this.#row - Number(count || 1));
    else if (control === 'G') this.#column = Number(count || 1) - 1;
    else if (control === 'J') this.#rows.splice(this.#row, this.#rows.length, this.#before());
    else if (piece === '\r') this.#column = 0;
    else if (piece === '\n') this.#down();
    else this.#show(piece);
  }

  #show(letter: string): void {
    if (this.#column === this.columns) this.#down();
    this.#rows[this.#row] = `${this.#before()}${letter}${this.#rows[this.#row]?.slice(this.#column + 1) ?? ''}`;
    this.#column += 1;
  }

  #before(): string {
    return (this.#rows[this.#row] ?? '').slice(0, this.#column).padEnd(this.#column);
  }

  #down(): void {
    this.#row += 1;
    this.#column = 0;
    this.#rows[this.#row] ??= '';
  }
}

it.each(['news', 'out'] as const)('puts %s that come while a line is written above it, however long it is', (how) => {
  const output = new Glass();
  const commandLine = new RecordedCommandLine();
  const write = (line: string): void => void output.write(`${line}\n`);
  const terminal = { input: new PassThrough(), output, interactive: true };
  const shown = new Screen(terminal, {
    ...commandLine,
    interruption: commandLine.interruption,
    out: write,
    note: write,
  });
  const reader = createInterface({ ...terminal, terminal: true });
  output.write('before\n');
  shown.prompt(reader, 'alpha> ');
  reader.write('status con "a connection with a long name"');
  expect(output.rows).toEqual(['before', 'alpha> status con "a', ' connection with a l', 'ong name"']);
  shown[how]('link lost');
  shown[how]('link made');
  reader.write('!');
  expect(output.rows).toEqual([
    ...['before', 'link lost', 'link made'],
    ...['alpha> status con "a', ' connection with a l', 'ong name"!'],
  ]);
  shown.givenUp(reader);
  write('a hint');
  shown.prompt(reader, 'alpha> ');
  reader.write('help');
  expect(output.rows.slice(3)).toEqual([
    ...['alpha> status con "a', ' connection with a l', 'ong name"!^C'],
    ...['a hint', 'alpha> help'],
  ]);
  reader.close();
});

it('puts news above the line that is being written', () => {
  const { screen: shown, commandLine, output } = screen(true);
  const reader = createInterface({ input: new PassThrough(), output, terminal: true });
  shown.prompt(reader, 'alpha> ');
  reader.write('stat');
  output.read();
  shown.news('alpha: error 5001: link lost');
  expect(commandLine.notes).toEqual(['alpha: error 5001: link lost']);
  expect(String(output.read())).toMatch(/alpha> stat/);
  shown.busy();
  shown.news('later');
  expect(output.read()).toBeNull();
  reader.close();
});

it('shows how far commands are only while nothing else stands on the row', async () => {
  const { screen: shown, commandLine, output } = screen(true);
  const clock = new ManualClock();
  expect(shown.progress(clock)).toBeUndefined();
  const drawn: string[] = [];
  commandLine.lines = { write: (text) => void drawn.push(text.replace('\r\u001b[K', '')), columns: () => 80 };
  const sink = shown.progress(clock);
  const text = new SourceText('prompt', 'verify');
  const request = { command: 'verify', arguments: {}, span: text.span({ start: 0, end: 6 }) };
  const report = { doneBytes: 0, totalBytes: null, totalFiles: null, bytesPerSecond: null, remainingMs: null };
  const progress = async (doneFiles: number): Promise<string | undefined> => {
    await clock.advance(1000);
    sink?.show(request, { title: 'verification', state: '', ...report, doneFiles });
    return drawn.splice(0).at(-1);
  };
  const reader = createInterface({ input: new PassThrough(), output, terminal: true });
  shown.prompt(reader, 'alpha> ');
  expect(await progress(1)).toBeUndefined();
  shown.busy();
  expect(await progress(2)).toBe('verification: 2 files');
  shown.question('Go on? [y/N] ');
  expect(drawn.splice(0)).toEqual(['']);
  expect(await progress(3)).toBeUndefined();
  shown.answered();
  expect(await progress(4)).toBe('verification: 4 files');
  shown.typing();
  reader.write('next');
  expect(drawn.splice(0)).toEqual(['']);
  expect(await progress(5)).toBeUndefined();
  reader.write('\n');
  expect(await progress(6)).toBe('verification: 6 files');
  shown.out('line');
  expect(drawn.splice(0)).toEqual(['']);
  expect(await progress(6)).toBe('verification: 6 files');
  sink?.over(request);
  expect(drawn).toEqual(['']);
  reader.close();
});

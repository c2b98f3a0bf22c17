// What a person at the prompt is shown, and in which order.
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Screen } from '../../src/cli/screen.ts';
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

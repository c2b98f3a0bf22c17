// Colours at the prompt, and where there are none.
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { Colours } from '../../src/cli/prompt/colours.ts';

const terminals = { prompt: true, messages: true };
const message = [
  'error[U0301]: there is no variable $cno',
  '  --> prompt:1:8',
  '   |',
  ' 1 | write $cno',
  '   |       ^^^^',
  '   = fix: did you mean $con?',
  'warning[U0801]: later',
  'note: beta is a new server',
  '  next: pair with it',
  'alpha: information',
];

it('mark what a message is, and change no letter of it', () => {
  const colours = new Colours(terminals, { TERM: 'xterm-256color' });
  const coloured = message.map((line) => colours.message(line));
  expect(coloured.map(stripVTControlCharacters)).toEqual(message);
  const red = '\u001b[31m';
  expect(coloured.map((line) => line.includes('\u001b['))).toEqual([
    true,
    false,
    false,
    false,
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
  expect(coloured[0]).toMatch(/^.*error/);
  expect([coloured[0]?.startsWith(`${red}error[U0301]:`), coloured[4]?.includes(`${red}^^^^`)]).toEqual([true, true]);
  expect(stripVTControlCharacters(colours.prompt('alpha> '))).toBe('alpha> ');
  expect(colours.prompt('alpha> ')).not.toBe('alpha> ');
});

it.each([
  ['NO_COLOR is set', { TERM: 'xterm', NO_COLOR: '1' }, terminals, false],
  ['the terminal is dumb', { TERM: 'dumb' }, terminals, false],
  ['FORCE_COLOR says no', { TERM: 'xterm', FORCE_COLOR: '0' }, terminals, false],
  ['messages go to a file', { TERM: 'xterm' }, { prompt: true, messages: false }, false],
  ['FORCE_COLOR asks for them', { FORCE_COLOR: '1' }, { prompt: false, messages: false }, true],
])('when %s', (_, environment, outputs, expected) => {
  const line = 'error: no';
  expect(new Colours(outputs, environment).message(line) !== line).toBe(expected);
});

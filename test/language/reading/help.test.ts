// What HELP says: of everything that has a name, of words that mean several things, and of names that are written wrong.
import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/language/catalogue/catalogue.ts';
import { eventNames } from '../../../src/language/catalogue/definition/event-names.ts';
import { groups } from '../../../src/language/catalogue/definition/groups.ts';
import { builtinFunctions } from '../../../src/language/functions/builtin-functions.ts';
import { checkScript, runScript } from '../../../src/language/program.ts';
import { helpLines } from '../../../src/language/reading/help/help-text.ts';
import { units } from '../../../src/language/reading/help/units.ts';
import { statementWords } from '../../../src/language/reading/statement-words.ts';
import { SourceText } from '../../../src/language/tree/source-text.ts';
import { parseLiteral, spelledUnits } from '../../../src/language/values/units.ts';
import { typeOf } from '../../../src/language/values/value.ts';
import { IdleClock, ScriptedHost } from '../scripted-host.ts';

const help = (words: string): string => helpLines(words === '' ? [] : words.split(' ')).join('\n');

describe('HELP alone', () => {
  test('fits a person: the names of what is there, in groups, and how to go on', () => {
    const lines = helpLines([]);
    expect(lines.length).toBeLessThan(40);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
    for (const name of Object.keys(groups)) expect(help('')).toContain(`${name}  `);
    for (const { words, availability } of commands.filter((one) => one.availability === undefined))
      expect(help(''), `${words} ${availability}`).toContain(words.toUpperCase().split(' ')[0]);
    for (const { word } of statementWords) expect(help('')).toMatch(new RegExp(`\\b${word}\\b`));
    expect(help('')).toContain('HELP ALL');
  });

  test('ALL lists every command in its group, and marks what is not there yet', () => {
    const all = help('all');
    for (const { words, availability } of commands)
      expect(all).toMatch(new RegExp(`^  ${words} +${availability === undefined ? ' ' : '\\*'} `, 'm'));
    for (const [name, title] of Object.entries(groups)) expect(all).toContain(`${name}: ${title}`);
  });
});

describe('a command', () => {
  test('is explained by any of its names', () => {
    expect(help('logon')).toBe(help('LOGIN'));
    expect(help('log')).toMatch(/^LOG /);
    expect(help('command reverse')).toContain(
      'Not there yet: a connection cannot be turned round yet. Instead: use DISCONNECT',
    );
    expect(help('connect')).toContain('Result: the connection');
    expect(help('repset save')).toContain('Result: 1, which is success');
  });

  test('is in a group, which is shown by its name, or by GROUP and its name', () => {
    expect(help('stream tasks')).toBe(help('group stream'));
    expect(help('snapshots')).toContain('SNAPSHOT MOUNT    *');
    expect(help('group failover')).toContain('MONITOR CREATE');
    expect(help('failover')).toMatch(/^FAILOVER \[<connection>\]/);
    expect(help('failover')).toContain('See also: MONITOR CREATE');
    expect(help('failover')).toContain('HELP GROUP failover');
    expect(help('group nothing')).toMatch(/^There is no help on NOTHING\. .*The groups are session, /);
  });
});

describe.each(statementWords.map((one) => [one.word, one] as const))(
  '%s',
  (word, { syntax, summary, remark, example }) => {
    test('has its syntax, two sentences and an example in HELP', () => {
      const text = help(word);
      for (const part of [syntax, summary, remark]) expect(text).toContain(part);
      for (const line of example.split('\n')) expect(text).toContain(line);
      for (const sentence of [summary, remark]) expect(sentence).toMatch(/^[A-Z$].*\.$/);
      expect(example.toUpperCase().replace(/\s+/g, ' ')).toContain(word);
    });

    test('has an example that checks and runs', async () => {
      const read = (file: string): { file: string; text: string } => ({ file, text: 'write "included"' });
      const { script, diagnostics } = checkScript(new SourceText('example', example), { read });
      expect(diagnostics).toEqual([]);
      if (script === undefined) throw new Error('it does not check');
      const outcome = await runScript(script, { host: new ScriptedHost(), clock: new IdleClock() });
      expect(outcome).toMatchObject({ kind: 'completed', diagnostics: [] });
    });
  },
);

test('every function has a page with its parameters, and one is found by the beginning of its name', () => {
  for (const [name, { help: meaning }] of builtinFunctions) {
    const page = help(`function ${name}`);
    expect(page).toContain(`${name}(`);
    expect(page).toContain(meaning);
    expect(help('functions')).toContain(meaning);
  }
  expect(help('ceil')).toBe(help('ceiling'));
});

describe('units', () => {
  test('are those that the language knows, with their true kind', () => {
    const known = units.flatMap(({ spellings }) => spellings).map((one) => one.toLowerCase());
    expect(known.filter((one) => one.length > 1).sort()).toEqual([...spelledUnits].sort());
    for (const { spellings, kind } of units)
      for (const one of spellings) {
        const value = parseLiteral(`2 ${one}`);
        expect(typeof value === 'object' && value.kind === 'invalid' ? undefined : typeOf(value)).toBe(kind);
      }
  });

  test('have pages of their own and one together', () => {
    expect(help('minutes')).toContain('m, min, minute, minutes: a unit of duration');
    expect(help('MB')).toContain('10 MB/s');
    for (const { spellings } of units) expect(help('units')).toContain(spellings.join(', '));
  });
});

test.each(['statements', 'functions', 'units', 'operators', 'strings', 'variables', 'event names', 'prompt'])(
  'there is a page about %s, to which HELP leads',
  (topic) => {
    expect(help(topic).split('\n').length).toBeGreaterThan(8);
    expect(help('')).toContain(`HELP ${topic}`);
  },
);

test('the examples of the pages check', () => {
  for (const [topic, examples] of [
    ['units', ['write 1 GB / 10 MB/s', 'write 50% * 1 GB', 'write 2026-11-22 + 1 day']],
    ['operators', ['write 7 % 3, " ", 2 + 3 * 4', 'if not 1 GB = 0 and 1 GB > 64 KB then write "large" end']],
    ['strings', ['$who = "world"\n  write "hello $who, ${length($who)} letters, 5 $$"']],
    ['variables', ['$sites = [{name: "beta", ttl: 5m}]\n  $sites[0].ttl += 1m\n']],
    ['event names', ['on mirror.completed do\n    write $event.message\n  end']],
  ] as const)
    for (const example of examples) {
      expect(help(topic)).toContain(example);
      expect(checkScript(new SourceText('example', example)).diagnostics).toEqual([]);
    }
  for (const name of eventNames.keys()) expect(help('event names')).toContain(name);
});

test('an option leads to the commands that have it', () => {
  const page = help('delta');
  expect(page).toMatch(/^DELTA is a word of these commands:/);
  expect(page).toContain('CONNECT … MIRROR');
  expect(page).toContain('MIRROR START …');
  expect(help('option map')).toContain('CONNECT … MAP');
  expect(help('map')).toContain('HELP OPTION MAP');
});

test('a word that means several things lists them, and how to ask for each', () => {
  const page = help('seconds');
  expect(page).toContain('HELP FUNCTION seconds');
  expect(page).toContain('HELP UNIT seconds');
  expect(help('unit seconds')).toContain('a unit of duration');
  expect(help('on')).toMatch(/^ON event.*HELP OPTION ON/s);
  expect(help('task')).toMatch(/^TASK name.*HELP FUNCTION task.*HELP TASK LIST/s);
  expect(help('snapshots')).toContain('HELP FUNCTION snapshots');
  expect(help('monitor')).toContain('HELP FUNCTION monitor');
  expect(help('function monitor')).toContain('write monitor("watch", "beta").state');
  expect(help('monitors')).toMatch(/^monitors\(\[server's name\]\)/);
});

test.each([
  ['mirrer', 'MIRROR'],
  ['snapshot tke', 'SNAPSHOT TAKE'],
  ['whle', 'WHILE'],
  ['minuttes', 'MINUTES'],
  ['option delt', 'DELTA'],
])('HELP %s asks whether %s was meant', (written, meant) => {
  expect(help(written)).toContain(`Did you mean HELP ${meant}?`);
});

// The catalogue is data that people write; this is what must hold for it.
import { describe, expect, test } from 'vitest';
import { commands, taskCommands } from '../../src/language/catalogue/catalogue.ts';
import { keywordForms, matchesKeyword } from '../../src/language/catalogue/definition/abbreviation.ts';
import type { CommandDefinition } from '../../src/language/catalogue/definition/definition.ts';
import { optionLineWords } from '../../src/language/checker/commands/option-lines.ts';
import { statementWords } from '../../src/language/lexer/patterns.ts';
import { checkScript } from '../../src/language/program.ts';
import { helpLines } from '../../src/language/reading/help/help-text.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { spelledUnits } from '../../src/language/values/units.ts';
import { run } from './scripted-host.ts';

/** The forms two different keywords share, which nobody could tell apart. */
function clashes(keywords: readonly string[]): string[] {
  const owner = new Map<string, string>();
  return [...new Set(keywords)].flatMap((keyword) =>
    [...keywordForms(keyword)].flatMap((form) => {
      const before = owner.get(form);
      owner.set(form, keyword);
      return before === undefined ? [] : [`${form}: ${before} and ${keyword}`];
    }),
  );
}

function optionWords(command: CommandDefinition): string[] {
  return command.arguments
    .flatMap((one) => [
      one.words,
      ...(one.words === undefined && typeof one.type === 'object' ? one.type.choice.map((choice) => choice.words) : []),
    ])
    .flatMap((words) => words?.split(' ')[0] ?? []);
}

test('a clash of abbreviations is noticed', () => {
  expect(clashes(['MIRRor', 'MIRROR'])).not.toEqual([]);
  expect(clashes(['SNAPshot', 'SNAIL'])).toEqual([]);
});

test('a word is taken for an option of the line above only where it begins no command and no statement', () => {
  const words = optionLineWords();
  expect([...words]).toEqual(expect.arrayContaining(['MAP', 'TO', 'TIMEOUT', 'ONEXECUTE']));
  const statements = [...statementWords.keys(), 'then', 'do', 'else', 'end', 'finally'].map((one) => one.toUpperCase());
  const commandForms = new Set(
    commands.flatMap(({ words: own, alias }) =>
      [own, alias ?? own].flatMap((phrase) => [...keywordForms(phrase.split(' ')[0] ?? '')]),
    ),
  );
  expect([...words].filter((word) => commandForms.has(word) || statements.includes(word))).toEqual([]);
});

test('abbreviations are what the capitals say', () => {
  expect([...keywordForms('ONTRANSmit')]).toEqual(['ONTRANS', 'ONTRANSM', 'ONTRANSMI', 'ONTRANSMIT']);
  expect(matchesKeyword('QueueTASK', 'qtask') && matchesKeyword('QueueTASK', 'QueueTask')).toBe(true);
  expect(matchesKeyword('QueueTASK', 'queue')).toBe(false);
});

test('no two names of commands can be confused', () => {
  for (const definitions of [commands, taskCommands]) {
    const byPlace = new Map<string, string[]>();
    for (const words of definitions
      .flatMap((one) => [one.words, ...(one.alias === undefined ? [] : [one.alias])])
      .map((one) => one.split(' '))) {
      for (const [index, word] of words.entries()) {
        const place = words.slice(0, index).join(' ');
        byPlace.set(place, [...(byPlace.get(place) ?? []), word]);
      }
    }
    for (const words of byPlace.values()) expect(clashes(words)).toEqual([]);
  }
});

test('ids are unique', () => {
  const ids = commands.map((one) => one.id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each([...commands, ...taskCommands].map((one) => [`${one.group}: ${one.words}`, one] as const))(
  '%s',
  (_, command) => {
    test('its options cannot be confused, with each other or with units', () => {
      expect(clashes(optionWords(command))).toEqual([]);
      const units = new Set(spelledUnits.map((unit) => unit.toUpperCase()));
      for (const word of optionWords(command)) for (const form of keywordForms(word)) expect(units).not.toContain(form);
    });

    test('its examples check', () => {
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        const { diagnostics } = checkScript(new SourceText(command.id, example));
        expect(diagnostics.filter(({ code }) => code !== 'U0414')).toEqual([]);
      }
    });

    test('every option is in one of its examples', () => {
      if (!commands.includes(command)) return;
      const shown = command.examples.flatMap((example) => {
        const { script } = checkScript(new SourceText(command.id, example));
        const own = [...(script?.bound.values() ?? [])].filter(({ definition }) => definition === command);
        return own.flatMap(({ values }) => values.map(({ argument }) => argument.name));
      });
      const names = command.arguments.map(({ name }) => name);
      expect([...new Set(shown)].sort()).toEqual(names.sort());
    });

    test('everything is explained', () => {
      expect(command.summary).toMatch(/\.$/);
      for (const one of command.arguments) expect(one.help).not.toBe('');
      if (commands.includes(command))
        expect(helpLines(['command', ...command.words.split(' ')]).join('\n')).toContain(command.summary);
    });
  },
);

test('HELP is answered without asking the world', async () => {
  const { host } = await run('help queuetask\nhelp nothing such');
  expect(host.lines[0]).toMatch(/^QueueTASK <name> TO <target>/);
  expect(host.lines[host.lines.length - 1]).toBe('There is no help on NOTHING SUCH. HELP alone shows what there is.');
  expect(host.commands).toEqual([]);
});

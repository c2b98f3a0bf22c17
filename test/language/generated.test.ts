// What is generated covers what there is: every command and option has help and a page, every rule a diagram.
import { describe, expect, test } from 'vitest';
import { commandReference } from '../../scripts/generators/command-reference.ts';
import { diagramPage, type Production } from '../../scripts/generators/diagrams.ts';
import { commands, taskCommands } from '../../src/language/catalogue/catalogue.ts';
import { argumentText, commandName, syntaxOf } from '../../src/language/catalogue/definition/syntax-text.ts';
import { ScriptParser } from '../../src/language/parser/script-parser.ts';

const pages = [...commandReference()];
const pageOf = (heading: string): string => pages.find(([, text]) => text.includes(`\n## ${heading}\n`))?.[1] ?? '';

/** The part of a page that is about one command. */
function sectionOf(heading: string): string {
  const page = pageOf(heading);
  const from = page.indexOf(`\n## ${heading}\n`);
  const to = page.indexOf('\n## ', from + 1);
  return page.slice(from, to < 0 ? undefined : to);
}

describe('every command has a page', () => {
  test.each(commands.map((one) => [commandName(one), one] as const))('%s', (name, command) => {
    const section = sectionOf(name);
    expect(section).toContain(syntaxOf(command));
    expect(section).toContain(command.summary);
    for (const argument of command.arguments) {
      expect(argument.help).not.toBe('');
      expect(section).toContain(`| \`${argumentText(argument).replaceAll('|', '\\|')}\` |`);
    }
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) expect(section).toContain(example);
    expect(pages[0]?.[1]).toContain(`[${name}](`);
  });

  test.each(taskCommands.map((one) => [commandName(one), one] as const))('as a task: %s', (name, command) => {
    expect(sectionOf(`As a task: ${name}`)).toContain(syntaxOf(command));
  });
});

test('links of the pages lead to headings', () => {
  for (const [, page, anchor] of (pages[0]?.[1] ?? '').matchAll(/\]\(([a-z-]+\.md)#([a-z-]+)\)/g)) {
    const text = pages.find(([name]) => name === page)?.[1] ?? '';
    expect(text.toLowerCase()).toContain(`\n## ${anchor?.replaceAll('-', ' ')}\n`);
  }
});

test('every rule has a diagram', () => {
  const rules: readonly Production[] = new ScriptParser().grammar;
  const page = diagramPage(rules);
  for (const { name } of rules) expect(page).toMatch(new RegExp(`<h3 id="${name}">${name}</h3>\n<svg`));
});

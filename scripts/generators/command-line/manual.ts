// The manual pages: understudy(1), one for each verb from the definitions of its help, and server.json(5) from the page for operators.
import type { Release } from '../../package/changelog.ts';
import { bold, fromMarkdown, italic, plain, section, tagged, titleLine } from './troff.ts';
import type { Verb, VerbOption } from './verbs.ts';

export interface ManualSources {
  readonly program: Verb;
  /** docs/configuration.md */
  readonly configuration: string;
  readonly release: Release;
}

const purpose =
  'Understudy keeps a live copy of a folder on a second Linux server, and lets an operator script what happens to it: ' +
  'mirror, verify, snapshot, fail over, update DNS.';

const jsonTimes =
  'What a verb prints as JSON has points in time as ISO 8601 with their offset. What lasts is a number, in a field whose name ' +
  'ends in its unit, as Ms for milliseconds.';

/** Sections of the page for operators that belong to the command and not to the file. */
const exitCodes = 'Exit codes of the command';

/** The pages by file name. */
export function manualPages(sources: ManualSources): ReadonlyMap<string, string> {
  const { program } = sources;
  const pages = program.verbs.map((verb): [string, string] => [
    `understudy-${verb.name}.1`,
    page([`understudy-${verb.name}`, 1, verb.summary], verbPage(verb), sources),
  ]);
  return new Map([
    ['understudy.1', page(['understudy', 1, program.summary.replace(/\.$/, '')], programPage(sources), sources)],
    ...pages,
    [
      'server.json.5',
      page(['server.json', 5, 'settings of an Understudy server'], configurationPage(sources), sources),
    ],
  ]);
}

type Heading = readonly [name: string, section: number, summary: string];

function page([name, number, summary]: Heading, parts: readonly string[], { release }: ManualSources): string {
  const title = titleLine(name, number, release.date, `understudy ${release.version}`);
  const made = '.\\" Made by npm run generate.';
  return `${[made, title, section('Name'), `${name} \\-`, plain(summary), ...parts].join('\n')}\n`;
}

function programPage({ program, configuration }: ManualSources): string[] {
  return [
    section('Synopsis'),
    `${bold('understudy')} ${italic('VERB')} [${italic('options')}]`,
    section('Description'),
    plain(purpose),
    'Each verb has a page of its own; its options are also printed by',
    `${bold('understudy')} ${italic('VERB')} ${bold('--help')}.`,
    section('Verbs'),
    ...program.verbs.map((verb) => tagged(reference(`understudy-${verb.name}`, 1), plain(verb.summary))),
    section('Options'),
    ...program.options.map(optionPart),
    section('JSON'),
    plain(jsonTimes),
    section('Exit status'),
    fromMarkdown(configuration.split(`## ${exitCodes}\n`)[1] ?? ''),
    section('Environment'),
    tagged(
      bold('XDG_STATE_HOME'),
      `The home of a server is ${bold('understudy')} in it,\nwhere ${bold('--home')} is not given.`,
    ),
    tagged(bold('HOME'), `The same in ${bold('.local/state')} of it, where there is no ${bold('XDG_STATE_HOME')}.`),
    tagged(bold('XDG_CACHE_HOME'), 'What was compiled is kept there for the next start, so that it is faster.'),
    section('See also'),
    [...program.verbs.map((verb) => reference(`understudy-${verb.name}`, 1)), reference('server.json', 5)].join(',\n'),
  ];
}

function verbPage(verb: Verb): string[] {
  const own = [verb, ...verb.verbs].filter(({ verbs }) => verbs.length === 0);
  return [
    section('Synopsis'),
    own.map((one) => synopsis(verb, one)).join('\n.br\n'),
    section('Description'),
    plain(sentence(verb.summary)),
    ...own.flatMap((one) => [
      ...(one === verb ? [] : [section(`${verb.name} ${one.name}`), plain(sentence(one.summary))]),
      ...one.words
        .filter(({ description }) => description !== '')
        .map((word) => tagged(italic(word.name), plain(word.description))),
      ...(one === verb && one.options.length > 0 ? [section('Options')] : []),
      ...one.options.map(optionPart),
    ]),
    section('See also'),
    `${reference('understudy', 1)},\n${reference('server.json', 5)}`,
  ];
}

function synopsis(verb: Verb, one: Verb): string {
  const words = one === verb ? [verb.name] : [verb.name, one.name];
  return `${bold(['understudy', ...words].join(' '))} ${plain(one.usage.replaceAll(/[<>]/g, ''))}`;
}

function optionPart(option: VerbOption): string {
  const value = option.value === undefined ? '' : ` ${italic(option.value.name)}`;
  const kind = option.value?.kind;
  const choices = typeof kind === 'object' ? [`One of ${kind.join(', ')}.`] : [];
  const usual = option.default === undefined ? [] : [`${option.default} when it is left out.`];
  const needed = option.required ? ['Must be given.'] : [];
  const meaning = [
    ...(option.description === '' ? [] : [sentence(option.description)]),
    ...choices,
    ...usual,
    ...needed,
  ];
  return tagged(`${option.names.map(bold).join(', ')}${value}`, ...meaning.map(plain));
}

function configurationPage({ configuration }: ManualSources): string[] {
  const [introduction = '', ...sections] = configuration.split(/^(?=## )/m);
  const others = sections.filter((text) => !text.startsWith(`## ${exitCodes}`));
  return [
    section('Description'),
    fromMarkdown(introduction.replace(/^# .*\n/, '')),
    ...others.map((text) => fromMarkdown(text)),
    section('See also'),
    `${reference('understudy', 1)},\n${reference('understudy-serve', 1)}`,
  ];
}

function reference(name: string, number: number): string {
  return `${bold(name)}(${number})`;
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

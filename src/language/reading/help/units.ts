// The units that may stand behind a number, as HELP shows them; values/units.ts reads them. A test compares the two.

export interface UnitHelp {
  /** The first is the usual one. */
  readonly spellings: readonly string[];
  readonly kind: 'duration' | 'size';
  readonly meaning: string;
}

const size = (letter: string, meaning: string): UnitHelp => ({
  spellings: [`${letter}B`, `${letter}iB`],
  kind: 'size',
  meaning,
});

export const units: readonly UnitHelp[] = [
  { spellings: ['ms', 'millisecond', 'milliseconds'], kind: 'duration', meaning: 'a thousandth of a second' },
  { spellings: ['s', 'sec', 'second', 'seconds'], kind: 'duration', meaning: 'a second' },
  { spellings: ['m', 'min', 'minute', 'minutes'], kind: 'duration', meaning: '60 seconds' },
  { spellings: ['h', 'hour', 'hours'], kind: 'duration', meaning: '60 minutes' },
  { spellings: ['d', 'day', 'days'], kind: 'duration', meaning: '24 hours' },
  { spellings: ['w', 'week', 'weeks'], kind: 'duration', meaning: '7 days' },
  { spellings: ['B', 'byte', 'bytes'], kind: 'size', meaning: 'a byte' },
  size('K', '1024 bytes'),
  size('M', '1024 KB'),
  size('G', '1024 MB'),
  size('T', '1024 GB'),
  size('P', '1024 TB'),
];

export function unitNamed(word: string): UnitHelp | undefined {
  return units.find((one) => one.spellings.some((spelling) => spelling.toUpperCase() === word.toUpperCase()));
}

export function unitLines(unit: UnitHelp): readonly string[] {
  const spelled = unit.spellings.at(-1) ?? '';
  const examples =
    unit.kind === 'duration'
      ? [`  wait 2 ${spelled}`, `  $pause = 2${unit.spellings[0]}`]
      : [`  $limit = 10 ${unit.spellings[0]}`, `  $speed = 10 ${unit.spellings[0]}/s`];
  const rate = unit.kind === 'size' ? ' With /s behind it, it is a rate.' : '';
  return [
    `${unit.spellings.join(', ')}: a unit of ${unit.kind}`,
    '',
    `  It is ${unit.meaning}. Write it behind a number, in any case.${rate}`,
    '',
    ...examples,
    '',
    '  See also: HELP units',
  ];
}

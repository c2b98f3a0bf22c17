// Words of people who know the original or other script languages, for what has another name here, each with the form to
// write instead. The checker looks here before it looks for the nearest word.

interface OtherWord {
  /** What was understood before the word, in capitals; empty where a statement begins. */
  readonly after: string;
  /** In lower case. */
  readonly words: readonly string[];
  /** The word that takes its place, or a whole sentence. */
  readonly write: string;
}

const comment = 'a comment begins with #';

const otherWords: readonly OtherWord[] = [
  { after: '', words: ['rem', '/*', '--', '::'], write: comment },
  {
    after: '',
    words: ['echo', 'print', 'say', 'puts', 'println', 'write-host', 'console.log'],
    write: 'did you mean WRITE?',
  },
  { after: '', words: ['let', 'var', 'const'], write: 'leave it out: a variable gets its value as in $name = 1' },
  { after: '', words: ['goto', 'label'], write: 'there are no jumps: use IF, WHILE, FOR or a FUNCTION' },
  { after: '', words: ['sleep', 'pause', 'start-sleep'], write: 'did you mean WAIT?' },
  { after: '', words: ['incr', 'inc', 'decr', 'dec'], write: 'count with $n = $n + 1, or $n - 1' },
  {
    after: '',
    words: ['export', 'local', 'my', 'dim', 'declare'],
    write: 'leave it out: a variable gets its value as in $name = 1',
  },
  { after: '', words: ['call'], write: 'write the function with its brackets: name(…)' },
  { after: '', words: ['exec', 'system', 'shell'], write: 'did you mean RUN PROGRAM?' },
  { after: '', words: ['cat', 'readfile'], write: 'did you mean READ FILE?' },
  { after: '', words: ['env', 'getenv', 'printenv'], write: 'did you mean ENVIRONMENT?' },
  { after: 'MIRROR', words: ['all'], write: 'write MIRROR START … NONE, which compares nothing and sends everything' },
  { after: 'MIRROR', words: ['different'], write: 'write MIRROR START … ATTRIBUTES DELTA, or DATA DELTA' },
  { after: 'MIRROR START', words: ['all'], write: 'did you mean NONE?' },
  {
    after: 'MIRROR START',
    words: ['different', 'difference', 'diff'],
    write: 'write ATTRIBUTES DELTA to find what differs by its attributes, DATA DELTA to compare contents as well',
  },
  { after: 'MIRROR START', words: ['checksum'], write: 'did you mean DATA DELTA?' },
  { after: 'VERIFY', words: ['remirror', 'mirror', 'fix', 'sync'], write: 'did you mean REPAIR?' },
  { after: 'SNAPSHOT', words: ['create', 'add', 'make', 'new'], write: 'did you mean TAKE?' },
  { after: 'SNAPSHOT', words: ['restore', 'rollback'], write: 'did you mean REVERT?' },
  { after: 'MONITOR', words: ['add', 'new'], write: 'did you mean CREATE?' },
  { after: 'MONITOR', words: ['remove'], write: 'did you mean DELETE?' },
  {
    after: 'MONITOR CREATE',
    words: ['account', 'user', 'login'],
    write: 'leave it out: a monitor belongs to the target and needs no account; LOGIN says who you are',
  },
  { after: 'REPSET', words: ['add', 'new'], write: 'did you mean CREATE?' },
  { after: 'REPSET', words: ['remove'], write: 'did you mean DELETE?' },
  {
    after: 'REPSET',
    words: ['rename', 'copy'],
    write: 'a set has no other name later: make a new one with REPSET CREATE, and REPSET DELETE the old one',
  },
  { after: 'SCRIPT', words: ['remove'], write: 'did you mean DELETE?' },
  { after: 'FAILOVER', words: ['start'], write: 'leave it out: FAILOVER itself takes over' },
];

const otherValues: ReadonlyMap<string, string> = new Map([
  ...['null', 'nil', 'undefined', 'nothing'].map((word): [string, string] => [word, 'NONE']),
  ...['true', 'yes'].map((word): [string, string] => [word, 'TRUE']),
  ...['false', 'no'].map((word): [string, string] => [word, 'FALSE']),
]);

/** The value that a word or the name of a variable stands for in other languages: NONE, TRUE or FALSE. */
export function valueElsewhere(word: string): string | undefined {
  return otherValues.get(word.toLowerCase());
}

/** What to write instead of this word behind these words, for people; undefined when nothing is known of it. */
export function otherWordFor(after: string, word: string): string | undefined {
  const wanted = word.toLowerCase();
  if (wanted === '//') return comment;
  return otherWords.find((one) => one.after === after && one.words.includes(wanted))?.write;
}

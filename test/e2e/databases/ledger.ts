// The application of these tests: a ledger of numbered transactions, each of which changes rows of several tables and pages, in
// words that SQLite and PostgreSQL both understand. From a copy of it one can tell whether it holds exactly the transactions 1 to
// k: half a transaction, one that is missing in the middle and a page of another time all contradict something.
import { createHash } from 'node:crypto';
import { numbers } from '../../support/numbers.ts';

/** The transaction of a number changes the row of the slot that is its remainder. */
const slotCount = 40;

export const schema: readonly string[] = [
  'create table entries (number integer primary key, checksum text not null, filling text not null, touched integer not null)',
  'create index by_checksum on entries (checksum)',
  'create table slots (slot integer primary key, number integer not null, checksum text not null)',
  'create table newest (one integer primary key, number integer not null)',
  'insert into newest values (1, 0)',
  ...Array.from({ length: slotCount }, (_, slot) => `insert into slots values (${slot}, 0, '')`),
];

/** What a copy is read with: `text` gives the rows of one query, their columns as text. */
export const queries = {
  entries: 'select number, checksum, filling, touched from entries order by number',
  slots: 'select slot, number, checksum from slots order by slot',
  newest: 'select number from newest',
} as const;

export type Reading = Readonly<Record<keyof typeof queries, readonly (readonly string[])[]>>;

/** Its statements, in one line. */
export function transaction(number: number): string {
  const filling = fillingOf(number);
  const checksum = checksumOf(number, filling);
  const statements = [
    'begin',
    `insert into entries values (${number}, '${checksum}', '${filling}', 0)`,
    `update entries set touched = ${number} where number = ${Math.floor(number / 2)}`,
    `update slots set number = ${number}, checksum = '${checksum}' where slot = ${number % slotCount}`,
    `update newest set number = ${number}`,
    'commit',
  ];
  return `${statements.join('; ')};`;
}

/** How many transactions it holds. Throws an Error that says what contradicts the transactions 1 to k for every k. */
export function committedIn({ entries, slots, newest }: Reading): number {
  const count = entries.length;
  refuseUnequal('the newest number', newest[0]?.[0], String(count));
  for (const [index, row] of entries.entries()) {
    const number = index + 1;
    const filling = fillingOf(number);
    refuseUnequal(`entry ${number}`, row, [number, checksumOf(number, filling), filling, touchedBy(number, count)]);
  }
  for (let slot = 0; slot < slotCount; slot += 1) {
    const number = count - ((count - slot + slotCount) % slotCount);
    const checksum = number > 0 ? checksumOf(number, fillingOf(number)) : '';
    refuseUnequal(`slot ${slot}`, slots[slot], [slot, Math.max(number, 0), checksum]);
  }
  return count;
}

/** The last of the transactions up to `count` whose half this number is. */
function touchedBy(number: number, count: number): number {
  return Math.max(...[0, 2 * number, 2 * number + 1].filter((one) => one <= count));
}

function fillingOf(number: number): string {
  const next = numbers(number);
  return Array.from({ length: 1 + next(200) }, () => next(0x10000).toString(16).padStart(4, '0')).join('');
}

function checksumOf(number: number, filling: string): string {
  return createHash('md5').update(`${number}:${filling}`).digest('hex');
}

function refuseUnequal(name: string, found: unknown, expected: unknown): void {
  const [one, other] = [found, expected].map((value) => (Array.isArray(value) ? value.join(' ') : String(value)));
  if (one !== other) throw new Error(`${name} is ${shortened(one)}, not ${shortened(other)}`);
}

function shortened(text = 'missing'): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

// Proves the promise of CAPTURE FILTER with databases: whenever both servers die, each database opens on the replica as it is, and
// holds exactly the transactions 1 to k. A few cuts are made here; `npm run proof:databases -- --cuts 200 --seed 1` makes more
// (scripts/proof-databases.ts), and the same with CAPTURE WATCH, which does not promise it, to tell the outcome beside it.
import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { numbers } from '../../support/numbers.ts';
import { Stage } from '../../support/serve-process.ts';
import { postgresPrograms } from './postgres-cluster.ts';
import { type Cut, ProtectedDatabases } from './protected-databases.ts';

const cuts = Number(process.env.UNDERSTUDY_PROOF_CUTS ?? 2);
const watchCuts = Number(process.env.UNDERSTUDY_PROOF_WATCH_CUTS ?? 0);
const seed = Number(process.env.UNDERSTUDY_PROOF_SEED ?? 1);
const cutMs = 120_000;

const missing = whatIsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

describe.skipIf(missing !== undefined)('the replica of databases under load', () => {
  const made = new Map<string, readonly Cut[]>();
  afterAll(() => {
    process.stdout.write(`${table(made)}\n`);
  });

  it(`is what the source was, at ${cuts} cuts of seed ${seed} by a filter`, {
    timeout: (cuts + 3) * cutMs,
  }, async () => {
    const databases = await ProtectedDatabases.open(Stage.open(), 'filter', numbers(seed));
    made.set('filter', await cutAll(databases, 'filter', cuts));
    expect(await databases.finish()).toBe('');
    await databases.end();
    const faults = (made.get('filter') ?? []).flatMap((cut) => (cut.isInMirror ? [] : faultsOf(cut)));
    expect(faults).toEqual([]);
  });

  it.runIf(watchCuts > 0)(
    `is looked at beside it, at ${watchCuts} cuts by watching`,
    { timeout: (watchCuts + 3) * cutMs },
    async () => {
      const databases = await ProtectedDatabases.open(Stage.open(), 'watch', numbers(seed));
      made.set('watch', await cutAll(databases, 'watch', watchCuts));
      await databases.finish();
      await databases.end();
    },
  );
});

/** Until so many cuts fell outside of mirrors, as far as twice as many are enough for that. */
async function cutAll(databases: ProtectedDatabases, capture: string, count: number): Promise<readonly Cut[]> {
  const all: Cut[] = [];
  for (let counted = 0; counted < count && all.length < 2 * count; ) {
    const cut = await databases.cut();
    all.push(cut);
    if (!cut.isInMirror) counted += 1;
    const where = cut.isInMirror ? ' in a mirror' : '';
    const held = cut.outcomes.map((one) => `${one.database} ${one.held ?? 'none'} of ${one.committed}`).join('; ');
    const title = `${capture}, cut ${all.length}${where}, ${cut.mirrors} mirror(s) before it`;
    process.stdout.write([`${title}: ${held}`, ...faultsOf(cut).map((one) => `  ${one}`), ''].join('\n'));
  }
  return all;
}

function faultsOf({ outcomes }: Cut): string[] {
  return outcomes.flatMap(({ database, fault }) => (fault === '' ? [] : [`${database}: ${fault}`]));
}

function table(made: ReadonlyMap<string, readonly Cut[]>): string {
  const rows = [['capture', 'database', 'cuts', 'in mirrors', 'opened, a prefix']];
  for (const [capture, all] of made) {
    const counted = all.filter(({ isInMirror }) => !isInMirror);
    const outcomes = Map.groupBy(
      counted.flatMap((cut) => cut.outcomes),
      ({ database }) => database,
    );
    for (const [database, of] of outcomes) {
      const good = of.filter(({ fault }) => fault === '').length;
      rows.push([capture, database, String(of.length), String(all.length - counted.length), String(good)]);
    }
  }
  const widths = [8, 25, 6, 12, 0];
  return rows.map((row) => row.map((word, column) => word.padEnd(widths[column] ?? 0)).join('')).join('\n');
}

function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may mount a filter';
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse for a filter';
  return postgresPrograms() === undefined ? 'there is no PostgreSQL in /usr/lib/postgresql' : undefined;
}

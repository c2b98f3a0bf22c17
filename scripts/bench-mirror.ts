// How long a mirror takes, against `rsync -a` on the same trees in the same run: a full one into an empty folder, and one
// that finds nothing to do. The two take turns; medians of three, and the ratio. Both must end with equal trees.
//
//   npm run bench:mirror [-- --gib 2] [--rounds 3] [--only tree|file]
//
// The difference mirror compares attributes and data, so rsync is measured with `--checksum` beside its own quick check.
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RealCluster } from '../test/support/real-cluster.ts';
import { differencesBetween, manifestOf } from './demo-manifest.ts';

const mebibyte = 2 ** 20;

const { values } = parseArgs({
  options: {
    gib: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);

interface Times {
  readonly full: number[];
  readonly same: number[];
}

const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'));
try {
  if (values.only !== 'file') {
    const tree = join(folder, 'tree');
    cpSync(join(import.meta.dirname, '..', 'node_modules'), tree, { recursive: true, verbatimSymlinks: true });
    await compare("the project's node_modules", tree);
    rmSync(tree, { recursive: true });
  }
  if (values.only !== 'tree') {
    const large = join(folder, 'large');
    mkdirSync(large);
    writeLarge(join(large, 'file'), Number(values.gib) * 1024);
    await compare(`one file of ${values.gib} GiB`, large);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(what: string, workload: string): Promise<void> {
  const ours: Times = { full: [], same: [] };
  const theirs: Times = { full: [], same: [] };
  const checksums: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const copy = join(folder, 'copy');
    theirs.full.push(rsync(workload, copy));
    theirs.same.push(rsync(workload, copy));
    checksums.push(rsync(workload, copy, '--checksum'));
    rmSync(copy, { recursive: true });
    await mirrors(workload, ours);
  }
  console.log(`${what}:`);
  line('full mirror', ours.full, theirs.full, 'rsync -a');
  line('nothing to do', ours.same, checksums, 'rsync -a --checksum');
  line('nothing to do', ours.same, theirs.same, 'rsync -a');
}

function rsync(source: string, copy: string, ...options: readonly string[]): number {
  const startedMs = performance.now();
  const { status, error } = spawnSync('rsync', ['-aHAX', ...options, `${source}/`, `${copy}/`], { stdio: 'inherit' });
  if (error !== undefined || status !== 0) throw error ?? new Error(`rsync ended with ${status}`);
  return performance.now() - startedMs;
}

/** From the connection to the end of its first mirror, and a second mirror of the same. */
async function mirrors(workload: string, times: Times): Promise<void> {
  const cluster = await RealCluster.start({ work: workload });
  try {
    const startedMs = performance.now();
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId, 1);
    times.full.push(performance.now() - startedMs);
    const differences = differencesBetween(await manifestOf(workload), await manifestOf(cluster.replica));
    if (differences.length > 0) throw new Error(`the replica differs:\n${differences.slice(0, 10).join('\n')}`);
    const againMs = performance.now();
    await cluster.alpha.mirrors.start(jobId, 'data-delta');
    await cluster.mirrored(jobId, 2);
    times.same.push(performance.now() - againMs);
  } finally {
    await cluster.remove();
  }
}

function writeLarge(path: string, mebibytes: number): void {
  const file = openSync(path, 'w');
  const piece = Buffer.alloc(mebibyte, 'data of an application, ');
  for (let index = 0; index < mebibytes; index += 1) {
    for (let block = 0; block < mebibyte; block += 4096) piece.writeDoubleLE(index + block / mebibyte, block);
    writeSync(file, piece);
  }
  closeSync(file);
}

function line(what: string, ours: readonly number[], theirs: readonly number[], peer: string): void {
  const [mine, other] = [median(ours), median(theirs)];
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  console.log(`  ${what.padEnd(14)} ${seconds(mine)}, ${peer} ${seconds(other)}: ratio ${(mine / other).toFixed(2)}`);
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

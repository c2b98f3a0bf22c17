// An application for tests: it changes a folder at random, without rest, until SIGTERM; then it ends between two changes
// and says how many it made. A process of its own, so that its writes are seen as those of any program.
//
//   node test/e2e/random-writer.ts FOLDER SEED
import {
  appendFileSync,
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder, seed] = process.argv.slice(2);
if (folder === undefined || seed === undefined) throw new Error('usage: random-writer.ts FOLDER SEED');

let state = Number(seed) * 2_654_435_761 + 1;
function below(bound: number): number {
  state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
  return ((state ^ (state >>> 13)) >>> 0) % bound;
}

const folders = ['', 'a', 'b', 'a/c', 'd e'];
const subfolder = (): string => join(folder, folders[1 + below(4)] ?? 'a');
const file = (): string => join(folder, folders[below(5)] ?? '', `file ${below(12)}`);
const bytes = (bound: number): Buffer => Buffer.alloc(1 + below(bound), below(256));

const changes: readonly (() => void)[] = [
  () => appendFileSync(file(), bytes(500)),
  () => appendFileSync(file(), bytes(500)),
  () => writeFileSync(file(), bytes(100_000)),
  () => overwrite(file(), below(90_000), bytes(8000)),
  () => overwrite(file(), below(90_000), bytes(8000)),
  () => truncateSync(file(), below(60_000)),
  () => renameSync(file(), file()),
  () => rmSync(file()),
  () => mkdirSync(subfolder()),
  () => mkdirSync(subfolder()),
  () => renameSync(subfolder(), subfolder()),
  () => (below(4) === 0 ? rmSync(subfolder(), { recursive: true }) : undefined),
  () => linkSync(file(), file()),
  () => symlinkSync(`target ${below(9)}`, file()),
  () => chmodSync(file(), 0o600 + below(64)),
];

function overwrite(path: string, offset: number, content: Buffer): void {
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, content, 0, content.length, offset);
  closeSync(descriptor);
}

let ending = false;
process.on('SIGTERM', () => {
  ending = true;
});
process.stdout.write('writing\n');
let made = 0;
while (!ending) {
  try {
    changes[below(changes.length)]?.();
    made += 1;
  } catch (error) {
    // What the file system refuses (no such file, a folder in the way) is no change.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
  await sleep(below(4));
}
process.stdout.write(`${made}\n`);

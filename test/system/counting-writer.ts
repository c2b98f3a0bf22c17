// A program that increments a counter in a file, in place and without pause, until it is told to end.
//
//   node test/system/counting-writer.ts FILE
import { openSync, writeSync } from 'node:fs';

export const digits = 12;

if (import.meta.main) {
  const file = openSync(process.argv[2] ?? '', 'r+');
  let count = 0;
  const write = (): void => {
    // A turn now and then lets the end of its input end it.
    for (let left = 200; left > 0; left -= 1) {
      count += 1;
      writeSync(file, String(count).padStart(digits, '0'), 0);
    }
    setImmediate(write);
  };
  process.stdin.on('end', () => process.exit(0)).resume();
  write();
}

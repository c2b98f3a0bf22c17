// What programs have synced (the record of busy-program.c), and whether a folder still has it.
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

interface Content {
  readonly bytes: number;
  readonly crc: number;
}

interface Entry {
  readonly word: string;
  readonly path: string;
  readonly content: Content;
}

export class SyncedContent {
  readonly #record: string;
  /** How many contents were compared so far. */
  compared = 0;

  constructor(record: string) {
    this.#record = record;
  }

  /** Sentences on what is not as it was synced. Programs may go on writing meanwhile. */
  faults(folder: string): string[] {
    const before = this.#entries();
    const known = possibleContents(before);
    const found = new Map([...known.keys()].map((path) => [path, read(join(folder, path))]));
    // A program that went on meanwhile may have written what it recorded in the meantime, or anything after it said that.
    const since = Map.groupBy(this.#entries().slice(before.length), ({ path }) => path);
    return [...known].flatMap(([path, contents]) => {
      const later = since.get(path) ?? [];
      if (later.some(({ word }) => word === 'free')) return [];
      this.compared += 1;
      const bytes = found.get(path);
      if (bytes === undefined) return [`${path} was synced, and is not there`];
      const possible = [...contents, ...later.map(({ content }) => content)];
      const isThere = possible.some((one) => holds(bytes, one));
      return isThere ? [] : [`${path} has ${bytes.length} bytes, and not the content that was synced`];
    });
  }

  #entries(): Entry[] {
    const text = existsSync(this.#record) ? readFileSync(this.#record, 'utf8') : '';
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [word = '', path = '', bytes, crc] = line.split(' ');
        if (!['synced', 'may', 'free'].includes(word)) throw new Error(`the record has a line that is none: ${line}`);
        return { word, path, content: { bytes: Number(bytes), crc: Number(crc) } };
      });
  }
}

/** By path, where anything is known. */
function possibleContents(entries: readonly Entry[]): ReadonlyMap<string, readonly Content[]> {
  const known = new Map<string, Content[]>();
  for (const { word, path, content } of entries) {
    if (word === 'free') known.delete(path);
    else if (word === 'synced') known.set(path, [content]);
    // Before the first content nothing was synced that could be lost.
    else known.get(path)?.push(content);
  }
  return known;
}

function holds(bytes: Buffer, { bytes: count, crc }: Content): boolean {
  return bytes.length >= count && crc32(bytes.subarray(0, count)) === crc;
}

function read(path: string): Buffer | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(2 ** 20);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

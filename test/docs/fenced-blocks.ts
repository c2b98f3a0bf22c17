// The fenced blocks of a document: what is in them is run, not believed.
import { readFileSync } from 'node:fs';

export interface FencedBlock {
  /** The first word behind the fence; empty when there is none. */
  readonly language: string;
  /** What follows it on that line; readers do not see it. */
  readonly note: string;
  readonly text: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

/** In order. Throws when one is never closed, and for a block by indentation, which would pass unseen. */
export function fencedBlocks(path: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { readonly language: string; readonly note: string; readonly line: number } | undefined;
  let inside: string[] = [];
  for (const [index, text] of readFileSync(path, 'utf8').split('\n').entries()) {
    const fence = /^```(\S*) ?(.*)$/.exec(text);
    if (open === undefined) {
      if (/^( {4}|\t)/.test(text)) throw new Error(`${path}:${index + 1}: put this block between fences`);
      if (fence !== null) open = { language: fence[1] ?? '', note: fence[2] ?? '', line: index + 1 };
    } else if (fence === null) {
      inside.push(text);
    } else {
      blocks.push({ ...open, text: inside.join('\n') });
      open = undefined;
      inside = [];
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: this block is never closed`);
  return blocks;
}

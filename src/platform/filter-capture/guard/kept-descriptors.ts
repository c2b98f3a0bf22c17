// Descriptors that the guard holds for the filter's process (nodes/keeper.ts), so that the next one can have them.
import { closeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { openProcess, takeDescriptor } from '../kernel/lasting-memory.ts';
import { keeperMessageBytes, keeperWord } from '../nodes/keeper.ts';

export class KeptDescriptors {
  /** By node. */
  readonly #kept = new Map<number, number>();

  get entries(): readonly (readonly [node: number, descriptor: number])[] {
    return [...this.#kept];
  }

  /** Hears what one process of the filter says, until it ends. */
  serve(channel: Duplex, processId: number): void {
    const filter = openProcess(processId);
    let rest = Buffer.alloc(0);
    channel.on('data', (piece: Buffer) => {
      rest = Buffer.concat([rest, piece]);
      for (; rest.length >= keeperMessageBytes; rest = rest.subarray(keeperMessageBytes)) {
        const node = rest.readUInt32LE(4);
        this.#drop(node);
        if (rest.readUInt32LE(0) !== keeperWord.keep) continue;
        const taken = takeDescriptor(filter, rest.readUInt32LE(8));
        if (taken >= 0) this.#kept.set(node, taken);
        channel.write('k');
      }
    });
    channel.on('error', () => undefined);
    channel.on('close', () => {
      if (filter >= 0) closeSync(filter);
    });
  }

  #drop(node: number): void {
    const descriptor = this.#kept.get(node);
    if (descriptor === undefined) return;
    this.#kept.delete(node);
    closeSync(descriptor);
  }
}

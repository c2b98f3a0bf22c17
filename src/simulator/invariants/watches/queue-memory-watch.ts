// The memory that the queues of a server share: never more than its limit, and free when nothing is queued any more.
import { Broken } from '../../world/broken.ts';
import type { World } from '../../world/world.ts';

/** A queue that holds nothing may take one batch, however large that is. */
const batchBytesMax = 400_000;
/** Of so many looks one is taken. */
const looksEach = 20;

export class QueueMemoryWatch {
  readonly #world: World;
  #looks = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async look(): Promise<void> {
    this.#looks += 1;
    if (this.#looks % looksEach !== 0) return;
    for (const { name, usedBytes, maxBytes, jobs } of await this.#uses()) {
      if (usedBytes <= maxBytes + jobs * batchBytesMax) continue;
      throw new Broken('bounds', `${name}: its queues hold ${usedBytes} bytes of memory, their limit is ${maxBytes}`);
    }
  }

  async isFree(): Promise<boolean> {
    return (await this.#uses()).every(({ usedBytes }) => usedBytes === 0);
  }

  /** What each server holds, as text. */
  async text(): Promise<string> {
    return (await this.#uses()).map(({ name, usedBytes }) => `${name} ${usedBytes}`).join(', ');
  }

  async #uses() {
    const servers = this.#world.serverNames.flatMap((name) => this.#world.server(name) ?? []);
    const reports = await Promise.all(servers.map(({ information }) => information.report()));
    return reports.map(({ name, jobs, queueMemory: { usedBytes, maxBytes } = { usedBytes: 0, maxBytes: 0 } }) => {
      return { name, usedBytes, maxBytes, jobs: jobs.length };
    });
  }
}

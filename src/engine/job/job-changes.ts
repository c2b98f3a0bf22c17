// That something of a job has changed: its server is told, who waits for something looks again, and its report has a new number.
import { Signal } from '../../base/waiting/signal.ts';
import type { JobParts } from './job-parts.ts';

export class JobChanges {
  /** Notified at every change. */
  readonly signal = new Signal();
  readonly #server: Pick<JobParts, 'changed'>;
  #revision = 1;

  constructor(server: Pick<JobParts, 'changed'>) {
    this.#server = server;
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  tell(): void {
    this.#revision += 1;
    this.signal.notify();
    this.#server.changed();
  }
}

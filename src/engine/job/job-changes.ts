// Tells that something of a job has changed: to its server, to everybody who waits for a change, and by a new revision
// of the report.
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

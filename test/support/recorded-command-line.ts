// A command line that remembers what was printed, and that a test can interrupt. It refuses JSON with bare points in time.
import type { CommandLine } from '../../src/cli/command-line.ts';
import { refuseBareTimes } from './machine-output.ts';

export class RecordedCommandLine implements CommandLine {
  readonly output: string[] = [];
  readonly notes: string[] = [];
  readonly #interruption = new AbortController();
  #lastWords = (): void => undefined;
  readonly environment: CommandLine['environment'];
  /** What a person answers to questions, in order, and then gives up; without it there is nobody to ask. */
  answers: string[] | undefined;
  readonly #waiting: { readonly pattern: RegExp; readonly resolve: () => void }[] = [];

  constructor(environment: CommandLine['environment'] = {}) {
    this.environment = environment;
  }

  get interruption(): AbortSignal {
    return this.#interruption.signal;
  }

  /** What a line at the bottom of a terminal was drawn with, where there is a terminal. */
  lines: CommandLine['lines'];

  get ask(): CommandLine['ask'] {
    const { answers } = this;
    if (answers === undefined) return undefined;
    return async (question) => {
      const answer = answers.shift();
      this.notes.push(answer === undefined ? question : `${question}${answer}`);
      return answer;
    };
  }

  readonly out = (line: string): void => {
    refuseBareTimes(line);
    this.output.push(line);
    this.#arrived(line);
  };

  readonly note = (line: string): void => {
    this.notes.push(line);
    this.#arrived(line);
  };

  interrupt(): void {
    this.#interruption.abort();
  }

  /** What a second signal says, which ends a process at once. */
  leave(): void {
    this.#lastWords();
  }

  readonly onLeaving = (say: () => void): void => {
    this.#lastWords = say;
  };

  /** Resolves when a line that matches has been printed. */
  printed(pattern: RegExp): Promise<void> {
    if ([...this.output, ...this.notes].some((line) => pattern.test(line))) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ pattern, resolve }));
  }

  #arrived(line: string): void {
    for (const { pattern, resolve } of this.#waiting) if (pattern.test(line)) resolve();
  }
}

// The machine on which a script runs, as far as the script may reach it. Nothing here asks whether it may: the handlers
// of the commands do that first, by the allowance.
import { TextDecoder } from 'node:util';
import { AssertionFailure, Failure } from '../../base/failure.ts';
import { newIdentifier } from '../../base/identifier.ts';
import type { Random } from '../../base/random.ts';
import { baseName, isRawPath, parentOf, type RawPath, rawFromText } from '../../base/raw-path.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Files, OpenFile } from '../../ports/files.ts';
import type { NameLookup, NameQuestion } from '../../ports/name-lookup.ts';
import type { ProgramRequest, Programs, RunningProgram } from '../../ports/programs.ts';
import { type Allowance, nothingAllowed } from './allowance.ts';

export interface OwnMachine {
  readonly allowance: Allowance;
  /**
   * The text of a regular file at an absolute path, UTF-8 without its byte order mark. Fails with the errno name as
   * code, `FILE-TOO-LARGE` or `FILE-NOT-TEXT`.
   */
  readText(path: string): Promise<string>;
  /** The value of a variable of the environment; undefined when there is none. */
  variable(name: string): Promise<string | undefined>;
  /** Starts a program that keeps its outputs apart, as `ports/programs.ts` says. */
  start(request: MachineProgram): Promise<RunningProgram>;
  /** What DNS says, as `ports/name-lookup.ts` has it. */
  lookUp: NameLookup['lookUp'];
}

export type MachineProgram = Pick<ProgramRequest, 'program' | 'arguments' | 'input'>;

export interface OwnMachineParts {
  readonly allowance: Allowance;
  readonly files: Files;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly programs: Programs;
  readonly nameLookup: NameLookup;
  /** The local account that programs run as; absent: that of this process. */
  readonly account?: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** The most that one READ FILE reads. */
export const fileBytesMax = 16 * 1024 * 1024;

/** How much of each output of a program is kept: less than what the engine keeps beside its heap, as below. */
const outputBytesMax = 1_000_000;

/** Short enough that the engine keeps each piece of text on its heap, where the budget of memory counts it. */
const pieceBytes = 64 * 1024;

const operation = 'read the file';

/** The real machine, or what stands for it behind the same ports. */
export class PortedMachine implements OwnMachine {
  readonly allowance: Allowance;
  readonly #parts: OwnMachineParts;

  constructor(parts: OwnMachineParts) {
    this.allowance = parts.allowance;
    this.#parts = parts;
  }

  async readText(path: string): Promise<string> {
    const { read } = this.allowance;
    const raw = rawFromText(path).replaceAll(/\/+/g, '/').slice(1) as RawPath;
    if (!isRawPath(raw) || raw === '') throw fileFailure('EINVAL', path, 'this is no path of a file');
    const within = read === 'any' ? {} : { within: read.map(rawFromText) };
    try {
      const tree = await this.#parts.files.openTree(`/${parentOf(raw)}`, within);
      try {
        const file = await tree.open(baseName(raw) as RawPath, 'read');
        return await textOf(file, path).finally(() => file.close());
      } finally {
        await tree.close();
      }
    } catch (thrown) {
      throw explained(thrown, path);
    }
  }

  async variable(name: string): Promise<string | undefined> {
    const { environment } = this.#parts;
    return Object.hasOwn(environment, name) ? environment[name] : undefined;
  }

  lookUp(question: NameQuestion, signal: AbortSignal): Promise<string[]> {
    return this.#parts.nameLookup.lookUp(question, signal);
  }

  start(request: MachineProgram): Promise<RunningProgram> {
    const { programs, account, clock, random } = this.#parts;
    // By its label everything is found that the program starts, also what leaves its process group.
    const label = `run.${newIdentifier(clock, random)}`;
    return programs.start({ ...request, outputBytesMax, label, ...(account === undefined ? {} : { account }) });
  }
}

/** The machine of a script that may reach nothing of it: whoever asks the allowance first never calls the rest. */
export const closedMachine: OwnMachine = {
  allowance: nothingAllowed,
  readText: () => neverReached(),
  variable: () => neverReached(),
  start: () => neverReached(),
  lookUp: async ({ name }) => {
    const reason = 'there is no DNS here';
    throw new Failure({ code: 'DNS-UNREACHABLE', operation: 'look up the name', subject: name, reason });
  },
};

function neverReached(): never {
  throw new AssertionFailure('nothing is reached that the allowance does not name');
}

async function textOf(file: OpenFile, path: string): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [text, offset] = ['', 0];
  for (;;) {
    const piece = await file.read(offset, pieceBytes);
    offset += piece.length;
    if (offset > fileBytesMax) {
      const hint = 'split it, or have a program cut out what the script needs';
      throw fileFailure('FILE-TOO-LARGE', path, `it has more than the ${fileBytesMax / 1024 ** 2} MiB that fit`, hint);
    }
    text += decoded(decoder, piece, path);
    if (piece.length < pieceBytes) return text + decoded(decoder, undefined, path);
  }
}

/** `undefined` is the end of the file. */
function decoded(decoder: TextDecoder, piece: Buffer | undefined, path: string): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined });
  } catch {
    throw fileFailure('FILE-NOT-TEXT', path, 'it is no text in UTF-8');
  }
}

/** The failures of the door in the words of a script's author. */
function explained(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof Failure) || thrown.operation === operation) return thrown;
  const { code, reason, retryable } = thrown;
  const own: Readonly<Record<string, string>> = {
    EINVAL: 'it is no regular file',
    ELOOP: 'below an allowed folder no symbolic link is followed',
    EPERM: 'it does not lie below an allowed folder',
  };
  return new Failure({ code, operation, subject: path, reason: own[code] ?? reason, retryable });
}

function fileFailure(code: string, subject: string, reason: string, hint?: string): Failure {
  return new Failure({ code, operation, subject, reason, ...(hint === undefined ? {} : { hint }) });
}

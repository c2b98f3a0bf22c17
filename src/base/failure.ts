// The three kinds of failure, never mixed:
//   the user's    a Diagnostic with a span and a hint (diagnostic.ts), never thrown through the engine
//   the world's   a Failure: which operation, on what, why, and what to do next
//   ours          an AssertionFailure: a defect of this program, with a stack

/** What the world refused, in words a person can act on. Rendered without a stack. */
export interface FailureDetails {
  /** Stable machine-readable name, upper case with hyphens: `PATH-MISSING`, `LINK-REFUSED`, an errno name such as `ENOSPC`. */
  readonly code: string;
  /** What was being done, as a verb phrase: `open the source folder`. */
  readonly operation: string;
  /** The thing it was done to: a path, a server, a host and port. */
  readonly subject: string;
  /** Why it failed: `no such file or directory`. */
  readonly reason: string;
  /** What to do next; a command to try where there is one. */
  readonly hint?: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
}

export class Failure extends Error implements FailureDetails {
  readonly code: string;
  readonly operation: string;
  readonly subject: string;
  readonly reason: string;
  readonly hint?: string;
  readonly retryable: boolean;

  constructor(details: FailureDetails) {
    super(`cannot ${details.operation}: ${details.subject}: ${details.reason}`);
    this.name = 'Failure';
    this.code = details.code;
    this.operation = details.operation;
    this.subject = details.subject;
    this.reason = details.reason;
    if (details.hint !== undefined) this.hint = details.hint;
    this.retryable = details.retryable ?? false;
  }
}

/** For a text that stands for a failure: what happened, and what to do next. */
export function adviceText({ message, hint }: Failure): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}

/** The same, with when it is tried again by itself: `in 3 s`. */
export function triedAgainText(advice: string, when: string): string {
  return advice.endsWith('.') ? `${advice} It is tried again ${when}` : `${advice}; it is tried again ${when}`;
}

export class AssertionFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AssertionFailure';
  }
}

/** States what must be true; a false one is a defect of this program. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** The failure behind anything that was thrown; what is not a Failure is wrapped with its message, for reports only. */
export function asFailure(thrown: unknown, operation: string, subject: string): Failure {
  if (thrown instanceof Failure) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure({ code: 'UNEXPECTED', operation, subject, reason });
}

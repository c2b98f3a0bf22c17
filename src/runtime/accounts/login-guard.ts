// Keeps the passwords of accounts from being guessed by LOGIN: wrong ones are events, and who goes on has to wait, by account
// and caller, and by caller alone for one that tries many accounts. So a caller slows down itself, never another one.
//
// The waiting is refused, not slept through: a caller that opens many calls holds nothing here.
import { Failure } from '../../base/failure.ts';
import { nameFault } from '../../base/given-names.ts';
import { WrongTries } from '../../base/limits/wrong-tries.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { AccessLevel } from '../contract/access-level.ts';
import type { OutsideReports } from '../events/outside-reports.ts';

const perAccount = { free: 3, firstWaitMs: 1_000, longestWaitMs: 60_000, keysMax: 1_024 };
const perCaller = { free: 20, firstWaitMs: 1_000, longestWaitMs: 60_000, keysMax: 1_024 };

export class LoginGuard {
  readonly #accounts: WrongTries;
  readonly #callers: WrongTries;
  readonly #outside: OutsideReports;
  /** By caller, of which there are as many as servers are trusted. */
  readonly #turns = new Map<string, Turns>();

  constructor(clock: Clock, outside: OutsideReports) {
    this.#accounts = new WrongTries(clock, perAccount);
    this.#callers = new WrongTries(clock, perCaller);
    this.#outside = outside;
  }

  /** What `check` finds; `LOGIN-DELAYED` without asking it while the caller has to wait. */
  login(caller: string, user: string, check: () => Promise<AccessLevel>): Promise<AccessLevel> {
    const turns = this.#turns.get(caller) ?? new Turns();
    this.#turns.set(caller, turns);
    return turns.runAlone(() => this.#login(caller, user, check));
  }

  async #login(caller: string, user: string, check: () => Promise<AccessLevel>): Promise<AccessLevel> {
    const key = JSON.stringify([caller, user]);
    const waitMs = this.#callers.begin(caller) ?? this.#accounts.begin(key);
    if (waitMs !== undefined) throw delayed(user, waitMs);
    const level = await check();
    if (level > 0) {
      this.#callers.right(caller);
      this.#accounts.right(key);
      return level;
    }
    const account = nameFault(user) === undefined ? user : 'something that is no name';
    this.#outside.report('login', { peer: caller, account });
    return level;
  }
}

function delayed(user: string, waitMs: number): Failure {
  return new Failure({
    code: 'LOGIN-DELAYED',
    operation: 'log in',
    subject: user,
    reason: 'there were too many wrong tries',
    hint: `Try again in ${Math.ceil(waitMs / 1000)} s.`,
    retryable: true,
  });
}

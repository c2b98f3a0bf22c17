// Protects the passwords of accounts against guessing by LOGIN. Wrong passwords are reported as events, and after
// several of them a caller has to wait: for one account, or for all when it has tried many. A caller delays only
// itself, never another caller.
//
// A caller that has to wait is refused at once, so a caller with many open calls takes nothing here.
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
  /** By caller; there are as many callers as trusted servers. */
  readonly #turns = new Map<string, Turns>();

  constructor(clock: Clock, outside: OutsideReports) {
    this.#accounts = new WrongTries(clock, perAccount);
    this.#callers = new WrongTries(clock, perCaller);
    this.#outside = outside;
  }

  /** The result of `check`. Throws `LOGIN-DELAYED` without calling `check` while the caller has to wait. */
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

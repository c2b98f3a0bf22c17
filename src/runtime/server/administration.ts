// What an operator may administer on a server: its settings and accounts in `server.json`, and its shutdown.
//
// An account is added or removed at once; a setting holds from the next start on. The file is read before each change,
// so that changes by hand are kept. A server inside a run has no such file, and everybody who runs the script has full
// access: calls that need the file reject with `CONFIGURATION-NONE`.
import { Failure } from '../../base/failure.ts';
import { checkName } from '../../base/given-names.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { AccountReport } from '../../model/report.ts';
import type { Storage } from '../../ports/storage.ts';
import { accessOf, newAccount } from '../accounts/accounts.ts';
import { LoginGuard } from '../accounts/login-guard.ts';
import type { AccessLevel } from '../contract/access-level.ts';
import type { Service } from '../contract/server.ts';
import type { EventLog } from '../events/event-log.ts';
import {
  type AccountConfiguration,
  configurationFileName,
  readConfiguration,
  type ServerConfiguration,
  settingsOf,
  withSetting,
  writeConfiguration,
} from '../stores/configuration.ts';
import type { GuardedServer } from './peer-access.ts';

export interface AdministrationParts {
  readonly name: string;
  readonly storage: Storage;
  readonly random: Random;
  readonly clock: Clock;
  readonly eventLog: EventLog;
  readonly accounts: readonly AccountConfiguration[] | 'full';
  /** Begins the shutdown of the server process; absent for a server inside a run. */
  readonly requestStop?: () => void;
}

export class ServerAdministration {
  readonly #parts: AdministrationParts;
  readonly #turns = new Turns();
  readonly #logins: LoginGuard;
  #accounts: readonly AccountConfiguration[] | 'full';

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
    this.#accounts = parts.accounts;
    this.#logins = new LoginGuard(parts.clock, parts.eventLog.outside);
  }

  readonly access = {
    /** `caller` names the peer that asks; all users of the socket in the home count as one caller. */
    login: async (user: string, password: string, caller = 'this machine'): Promise<AccessLevel> => {
      const accounts = this.#accounts;
      if (accounts === 'full') return 2;
      return this.#logins.login(caller, user, () => accessOf(accounts, user, password));
    },
    allows: async (): Promise<boolean> => true,
  };

  get services(): Pick<GuardedServer, 'access' | 'process' | 'settings' | 'accounts'> {
    const { access, settings, accounts } = this;
    return { access, process: { shutDown: async () => this.shutDown() }, settings, accounts };
  }

  readonly settings: Service<'settings'> = {
    list: async () => settingsOf(await this.#configuration('read the settings')),
    change: (name, value) =>
      this.#change('change the setting', (configuration) => withSetting(configuration, name, value)),
  };

  readonly accounts: Service<'accounts'> = {
    list: async () => (this.#accounts === 'full' ? [] : this.#accounts.map(({ user, access }) => ({ user, access }))),
    add: (user, password, access) => this.#addAccount(user, password, access),
    remove: (user) => this.#removeAccount(user),
  };

  async #addAccount(user: string, password: string, access: AccountReport['access']): Promise<void> {
    checkName(user, 'the account');
    const account = await newAccount(user, password, access, this.#parts.random);
    await this.#changeAccounts('add the account', (accounts) => [
      ...accounts.filter((one) => one.user !== user),
      account,
    ]);
  }

  /** Rejects with `ACCOUNT-UNKNOWN` when there is no such account. */
  async #removeAccount(user: string): Promise<void> {
    await this.#changeAccounts('remove the account', (accounts) => {
      const others = accounts.filter((one) => one.user !== user);
      if (others.length < accounts.length) return others;
      const known = accounts.map((one) => one.user).join(', ');
      throw new Failure({
        code: 'ACCOUNT-UNKNOWN',
        operation: 'remove the account',
        subject: user,
        reason: `${this.#parts.name} has no account of this name`,
        hint: known === '' ? 'it has none' : `it has: ${known}`,
      });
    });
  }

  shutDown(): void {
    const { requestStop, name } = this.#parts;
    if (requestStop === undefined)
      throw noConfiguration('stop the server', name, 'it ends with the script that named it');
    requestStop();
  }

  #changeAccounts(
    operation: string,
    change: (accounts: readonly AccountConfiguration[]) => readonly AccountConfiguration[],
  ): Promise<void> {
    return this.#change(operation, (configuration) => ({
      ...configuration,
      accounts: [...change(configuration.accounts)],
    }));
  }

  #change(operation: string, change: (configuration: ServerConfiguration) => ServerConfiguration): Promise<void> {
    return this.#turns.runAlone(async () => {
      const changed = change(await this.#configuration(operation));
      await writeConfiguration(this.#parts.storage, changed);
      this.#accounts = changed.accounts;
    });
  }

  async #configuration(operation: string): Promise<ServerConfiguration> {
    const { name, storage, accounts } = this.#parts;
    const configuration = accounts === 'full' ? undefined : await readConfiguration(storage);
    if (configuration !== undefined) return configuration;
    throw noConfiguration(operation, name, `it has no ${configurationFileName}`);
  }
}

function noConfiguration(operation: string, name: string, reason: string): Failure {
  return new Failure({
    code: 'CONFIGURATION-NONE',
    operation,
    subject: name,
    reason: `it is a server inside this run: ${reason}`,
    hint: 'set one up that stays: understudy init',
  });
}

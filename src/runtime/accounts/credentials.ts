// The secrets that an operator has stored on a server, by name, for commands that take a CREDENTIAL. They are kept
// sealed in `credentials.json` of the home. A secret is opened only for a command of this server that needs it, and
// never sent elsewhere.
//
// Names are compared without letter case. Changes are made one after the other.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { CredentialReport } from '../../model/report.ts';
import type { Storage } from '../../ports/storage.ts';
import type { Service } from '../contract/server.ts';
import { readVersioned, replaceVersioned } from '../stores/versioned-file.ts';
import type { SealedSecrets } from './sealed-secrets.ts';

const fileName = 'credentials.json';
const fileVersion = 1;

const fileSchema = z.strictObject({
  version: z.literal(fileVersion),
  credentials: z.array(z.strictObject({ name: z.string().min(1), sealed: z.string(), changedMs: z.number() })),
});
type Kept = z.output<typeof fileSchema>['credentials'][number];

export interface CredentialParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly secrets: SealedSecrets;
}

export class Credentials implements Service<'credentials'> {
  readonly #parts: CredentialParts;
  readonly #turns = new Turns();

  constructor(parts: CredentialParts) {
    this.#parts = parts;
  }

  async list(): Promise<readonly CredentialReport[]> {
    return (await this.#read()).map(({ name, changedMs }) => ({ name, changedMs }));
  }

  /** Replaces a credential of the same name. */
  set(name: string, secret: string): Promise<void> {
    const { secrets, clock } = this.#parts;
    const kept = { name, sealed: secrets.seal(secret), changedMs: clock.wallMs() };
    return this.#change((all) => [...all.filter((one) => !sameName(one.name, name)), kept]);
  }

  /** Rejects with `CREDENTIAL-UNKNOWN` when there is no credential of this name. */
  remove(name: string): Promise<void> {
    return this.#change((all) => {
      const others = all.filter((one) => !sameName(one.name, name));
      if (others.length === all.length) throw unknown(name, all);
      return others;
    });
  }

  /** Rejects with `CREDENTIAL-UNKNOWN`, or with `SECRET-UNREADABLE` when the secret was sealed with another key. */
  async secret(name: string): Promise<string> {
    const all = await this.#read();
    const kept = all.find((one) => sameName(one.name, name));
    if (kept === undefined) throw unknown(name, all);
    return this.#parts.secrets.open(kept.sealed, `credential ${kept.name}`);
  }

  async test(name: string): Promise<void> {
    await this.secret(name);
  }

  async #read(): Promise<readonly Kept[]> {
    return (await readVersioned(this.#parts.storage, fileName, fileSchema, fileVersion))?.credentials ?? [];
  }

  #change(change: (all: readonly Kept[]) => readonly Kept[]): Promise<void> {
    return this.#turns.runAlone(async () => {
      const credentials = change(await this.#read());
      await replaceVersioned(this.#parts.storage, fileName, { version: fileVersion, credentials });
    });
  }
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function unknown(name: string, all: readonly Kept[]): Failure {
  const known = all.map((one) => one.name).join(', ');
  return new Failure({
    code: 'CREDENTIAL-UNKNOWN',
    operation: 'find the credential',
    subject: name,
    reason: 'there is none of this name',
    hint: known === '' ? `store it: CREDENTIAL SET ${name} SECRET …` : `there are: ${known}`,
  });
}

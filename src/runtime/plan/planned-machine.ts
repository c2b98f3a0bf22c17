// The machine of a script in a plan: nothing of it is read or run, and each wish is told. A wish that a run would refuse
// is refused here in the same words.

import { formatHostPort } from '../../base/addresses/host-port.ts';
import type { Permission } from '../../language/catalogue/definition/definition.ts';
import type { NameQuestion } from '../../ports/name-lookup.ts';
import type { RunningProgram } from '../../ports/programs.ts';
import { type Allowance, settingFor } from '../machine/allowance.ts';
import type { MachineProgram, OwnMachine } from '../machine/own-machine.ts';

export interface PlannedMachineParts {
  readonly allowance: Allowance;
  /** The server that will run the block, where its own configuration decides. */
  readonly server?: string;
  /** Receives what would be looked at: `the file /etc/hosts`. */
  readonly asks: (what: string) => void;
  /** Receives what would be changed: `this machine`. */
  readonly changes: (what: string) => void;
  readonly remark: (text: string) => void;
}

export class PlannedMachine implements OwnMachine {
  readonly allowance: Allowance;
  readonly #parts: PlannedMachineParts;

  constructor(parts: PlannedMachineParts) {
    const { allowance, server } = parts;
    this.allowance =
      server === undefined ? allowance : { ...allowance, read: 'any', environment: 'any', programs: 'any' };
    this.#parts = parts;
  }

  async readText(path: string): Promise<string> {
    this.#needs('read', path);
    this.#parts.asks(`the file ${path}`);
    return '';
  }

  async variable(name: string): Promise<string | undefined> {
    this.#needs('environment', name);
    this.#parts.asks(`the variable ${name} of the environment`);
    return '';
  }

  async start({ program }: MachineProgram): Promise<RunningProgram> {
    this.#needs('program', program);
    this.#parts.changes(`this machine, by ${program}`);
    const ended = Promise.resolve({ exitCode: 0, signal: null, output: '', error: '', cutBytes: 0 });
    return { processId: 0, ended, kill: () => undefined };
  }

  async lookUp({ server }: NameQuestion): Promise<string[]> {
    this.#parts.asks(
      server === undefined ? 'the name servers of this machine' : `the name server ${formatHostPort(server)}`,
    );
    return [];
  }

  #needs(permission: Permission, subject: string): void {
    const { server, remark } = this.#parts;
    if (server === undefined) remark('is allowed');
    else remark(`only if ${server} allows ${subject}: ${settingFor(permission)} in its server.json`);
  }
}

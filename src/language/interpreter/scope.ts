// The slots of variables, and the functions. A script's scope may outlive one text: at the prompt every line is
// compiled into the same scope.
import type { Span } from '../../base/diagnostic.ts';
import type { StatementOf } from '../tree/ast.ts';
import type { Compiled, Execute } from './frame.ts';

export class Scope {
  readonly #slots = new Map<string, number>();
  #size = 0;
  /** The script's scope, when this is the scope of a function. */
  readonly parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.parent = parent;
  }

  get size(): number {
    return this.#size;
  }

  /** The slot of a variable of this scope; a new one if there was none. */
  declare(name: string): number {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      slot = this.#size++;
      this.#slots.set(name, slot);
    }
    return slot;
  }

  /** A slot that no name reaches, for the state of a loop. */
  hidden(): number {
    return this.#size++;
  }

  /** The slot of a name in this scope, or else among the script's variables. */
  find(name: string): { readonly slot: number; readonly global: boolean } | undefined {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return { slot, global: false };
    const outer = this.parent?.find(name);
    return outer && { slot: outer.slot, global: true };
  }

  names(): Iterable<string> {
    return this.#slots.keys();
  }

  slotOf(name: string): number | undefined {
    return this.#slots.get(name);
  }
}

/** A user's function; its body is filled in when all functions are known, so that they may call each other. */
export interface FunctionEntry {
  readonly node: StatementOf<'function'>;
  /** The text of the definition, for schedules that carry it along, and where it begins. */
  readonly text: string;
  readonly place: Span;
  slots: number;
  defaults: readonly (Compiled | undefined)[];
  body: Execute;
}

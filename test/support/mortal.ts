// A life that can be ended: ports wrapped in it answer until it is over, and then never again, as if the process had been
// killed in the middle of whatever it was doing.

export class Life {
  #over = false;
  readonly #targets = new WeakMap<object, object>();

  get isOver(): boolean {
    return this.#over;
  }

  end(): void {
    this.#over = true;
  }

  /** The port, and every port that a call on it gives, for as long as the life lasts. */
  wrap<T extends object>(port: T): T {
    const wrapped = new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          if (this.#over) return new Promise(() => undefined);
          const result = member.apply(
            target,
            given.map((one) => this.#unwrap(one)),
          ) as unknown;
          return result instanceof Promise ? this.#later(result) : result;
        };
      },
    });
    this.#targets.set(wrapped, port);
    return wrapped;
  }

  async #later(result: Promise<unknown>): Promise<unknown> {
    const value = await result;
    if (this.#over) return new Promise(() => undefined);
    const isPort = typeof value === 'object' && value !== null && 'close' in value;
    return isPort ? this.wrap(value) : value;
  }

  #unwrap(value: unknown): unknown {
    return (typeof value === 'object' && value !== null && this.#targets.get(value)) || value;
  }
}

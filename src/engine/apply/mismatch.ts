// Not a failure of the world: the replica is whole, it only does not hold what an operation builds on.
export class Mismatch extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.name = 'Mismatch';
    this.reason = reason;
  }
}

export function mismatch(reason: string): never {
  throw new Mismatch(reason);
}

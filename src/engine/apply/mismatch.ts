// Says that the replica does not hold what an operation builds on. Nothing failed: the source sends the object again.
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

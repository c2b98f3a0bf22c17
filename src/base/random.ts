// Randomness as the rest of the house sees it; a seeded one makes a run repeatable.

export interface Random {
  /** Fresh unpredictable bytes (from a seed in tests and in the simulator). */
  bytes(length: number): Uint8Array;
}

// Writes that the system could not bring to the disk. Every folder that was open then is told so, once, when it is synced the next
// time, whoever was told before (syncfs(2), since Linux 5.8); one that is opened afterwards is not.

export class LostWrites {
  #losses = 0;
  /** How many losses an open folder was told, by its path. */
  readonly #told = new Map<string, number>();

  opened(folder: string): void {
    this.#told.set(folder, this.#losses);
  }

  lost(): void {
    this.#losses += 1;
  }

  isUntold(folder: string): boolean {
    return (this.#told.get(folder) ?? this.#losses) < this.#losses;
  }
}

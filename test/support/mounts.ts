// Mounts of a test, all below one temporary folder, taken away again in the opposite order whatever happened. Root only.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export class Mounts {
  readonly #points: string[] = [];

  /** @param words Those of mount(8) before the place; the place is made when it is missing. */
  add(words: readonly string[], place: string): void {
    execFileSync('mount', [...words, place], { stdio: 'pipe' });
    this.#points.push(place);
  }

  memory(place: string): void {
    mkdirSync(place, { recursive: true });
    this.add(['-t', 'tmpfs', '-o', 'mode=0755', 'understudy-test'], place);
  }

  /** Both are made when they are missing. */
  bind(folder: string, place: string): void {
    for (const one of [folder, place]) mkdirSync(one, { recursive: true });
    this.add(['--bind', folder], place);
  }

  /** An overlay whose layers lie in `folder`, on a file system that can carry them. `lower` is then to be filled by the caller. */
  overlay(folder: string, place: string): void {
    for (const name of ['lower', 'upper', 'work']) mkdirSync(join(folder, name), { recursive: true });
    mkdirSync(place, { recursive: true });
    const layers = `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work`;
    this.add(['-t', 'overlay', '-o', layers, 'overlay'], place);
  }

  /** Lazily, as something may still look into it. */
  remove(place: string): void {
    const at = this.#points.lastIndexOf(place);
    if (at < 0) return;
    this.#points.splice(at, 1);
    execFileSync('umount', ['-l', place], { stdio: 'pipe' });
  }

  removeAll(): void {
    for (const place of [...this.#points].reverse()) this.remove(place);
  }
}

// The session at the prompt as a script: the texts that succeeded, in order. The script always passes the check: of a
// function that was defined several times only one definition stays, a secret becomes a parameter, and a text that
// needs another text which did not succeed becomes a comment.
import type { ReadIncluded } from '../language/parser/include.ts';
import { checkScript } from '../language/program.ts';
import { readScript } from '../language/reading/script-reading.ts';
import { SourceText } from '../language/tree/source-text.ts';
import { holdsSecret, withoutSecrets } from './secret-literals.ts';

export class SessionScript {
  readonly #read: ReadIncluded | undefined;
  #texts: string[] = [];

  constructor(read: ReadIncluded | undefined) {
    this.#read = read;
  }

  /** Adds a text that succeeded. */
  add(text: string): void {
    if (text.trim() === '') return;
    const defined = new Set(readScript('prompt', text).functions.map((one) => one.name.name));
    if (defined.size > 0) this.#texts = this.#texts.map((one) => withoutFunctions(one, defined));
    this.#texts.push(text);
  }

  text(): string {
    const parameters: string[] = [];
    const texts = this.#texts.map((text) =>
      withoutSecrets(text, () => {
        const name = `secret${parameters.length + 1}`;
        parameters.push(`param $${name} as secret`);
        return name;
      }),
    );
    const lines = [
      ...parameters,
      ...texts.map((text) => (holdsSecret(text) ? leftOut('it holds a secret', text) : text)),
    ];
    return joined(this.#checks(lines) ? lines : this.#withoutMistakes(lines));
  }

  #checks(texts: readonly string[]): boolean {
    const source = new SourceText('prompt', joined(texts));
    return checkScript(source, this.#read === undefined ? {} : { read: this.#read }).script !== undefined;
  }

  /** Turns each text that does not check behind the texts before it into a comment. */
  #withoutMistakes(texts: readonly string[]): readonly string[] {
    const kept: string[] = [];
    for (const text of texts)
      kept.push(this.#checks([...kept, text]) ? text : leftOut('it needs what did not succeed', text));
    return kept;
  }
}

function joined(texts: readonly string[]): string {
  return texts
    .filter((text) => text.trim() !== '')
    .map((text) => `${text}\n`)
    .join('');
}

function leftOut(reason: string, text: string): string {
  const shown = reason.includes('secret') ? [] : text.split('\n').map((line) => `#   ${line}`);
  return [`# Left out, because ${reason}.`, ...shown].join('\n');
}

function withoutFunctions(text: string, names: ReadonlySet<string>): string {
  const gone = readScript('prompt', text).functions.filter((one) => names.has(one.name.name));
  return gone
    .sort((one, other) => other.start - one.start)
    .reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
}

// Secrets for the PARAMs of a script. Other users can see the command line and the environment (ps, /proc), so a secret
// comes from a file, `--NAME-file FILE`, or is typed without being shown. No parameter has a hyphen in its name, so the
// option cannot be mistaken for one.
import type { Script } from '../../language/program.ts';
import { type CommandLine, UsageError } from '../command-line.ts';
import { readText } from './script-file.ts';

export interface GivenParameters {
  /** By name, without the dollar. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The file that holds each secret, by the name of the parameter. */
  readonly secretFiles?: Readonly<Record<string, string>>;
}

/** `--name value`, `--name=value` and `--name-file FILE` of the words behind the script file. */
export function givenParameters(words: readonly string[]): GivenParameters {
  const parameters: Record<string, string> = {};
  const secretFiles: Record<string, string> = {};
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const match = /^--([A-Za-z_]\w*)(-file)?(?:=([\s\S]*))?$/.exec(word);
    const name = match?.[1];
    if (name === undefined) throw new UsageError(notAParameter(word));
    const value = match?.[3] ?? queue.shift();
    if (value === undefined) throw new UsageError(`${word} has no value`);
    (match?.[2] === undefined ? parameters : secretFiles)[name] = value;
  }
  return { parameters, secretFiles };
}

function notAParameter(word: string): string {
  // Only the name before `=` is shown, because the rest may be a secret.
  const shown = word.startsWith('--') ? (word.split('=')[0] ?? word) : 'a word without --';
  return `${shown} is no parameter; write --NAME VALUE, NAME being a PARAM of the script`;
}

/**
 * All values as text. A UsageError for a secret on the command line, and for a file with a parameter that is not
 * secret.
 */
export async function parameterValues(
  script: Script,
  { parameters: values, secretFiles: files = {} }: GivenParameters,
  commandLine: Pick<CommandLine, 'readSecret'>,
): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = { ...values };
  const secrets = script.parameters.filter((one) => one.type === 'secret');
  for (const { name, required, help } of secrets) {
    if (values[name] !== undefined) throw seenByAll(name);
    const file = files[name];
    if (file !== undefined) all[name] = firstLine(await readText(file));
    else if (required) {
      const typed = await commandLine.readSecret?.(help === '' ? `${name}: ` : `${name} (${help}): `);
      if (typed !== undefined) all[name] = typed;
    }
  }
  const stray = Object.keys(files).find((name) => !secrets.some((one) => one.name === name));
  if (stray !== undefined) throw new UsageError(`--${stray}-file: the script has no PARAM $${stray} AS secret`);
  return all;
}

/** The values for a plan, which never uses secrets: a secret that was not given is empty. */
export function plannedValues(
  script: Script,
  { parameters: values }: GivenParameters,
): Readonly<Record<string, string>> {
  const secrets = script.parameters.filter((one) => one.type === 'secret');
  const shown = secrets.find((one) => values[one.name] !== undefined);
  if (shown !== undefined) throw seenByAll(shown.name);
  return { ...values, ...Object.fromEntries(secrets.map((one) => [one.name, ''])) };
}

function seenByAll(name: string): UsageError {
  return new UsageError(
    `--${name}: a secret on the command line can be seen by every account of this machine; write --${name}-file FILE, or type it when asked`,
  );
}

/** Editors end a file with a line end, which is not a part of the password. */
function firstLine(text: string): string {
  return text.replace(/\r?\n$/, '');
}

// The help about a function by its name: a function of the script, with the comment above it, or a built-in function.
import { builtinFunctions } from '../language/functions/builtin-functions.ts';
import type { FunctionReading } from '../language/reading/script-reading.ts';
import type { SourceText } from '../language/tree/source-text.ts';
import type { Analysis } from './analysis.ts';

export interface FunctionHelp {
  readonly name: string;
  /** As written between the brackets. */
  readonly parameters: readonly string[];
  readonly result: string | undefined;
  readonly help: string;
}

/** The case of a name does not matter. Undefined when there is no such function. */
export function functionHelp(name: string, { reading, included }: Analysis): FunctionHelp | undefined {
  for (const { source, functions } of [reading, ...included.map((one) => one.reading)]) {
    const own = functions.find((one) => one.name.name === name.toLowerCase());
    if (own === undefined) continue;
    const parameters = parameterTexts(own, source);
    return { name: source.slice(own.name), parameters, result: undefined, help: commentAbove(own.start, source) };
  }
  const builtIn = builtinFunctions.get(name.toLowerCase());
  if (builtIn === undefined) return undefined;
  const parameters = builtIn.parameters.map((one, index) => (index < builtIn.required ? one : `[${one}]`));
  return {
    name: name.toLowerCase(),
    parameters: builtIn.rest ? [...parameters, '…'] : parameters,
    result: builtIn.result,
    help: builtIn.help,
  };
}

export function signatureText({ name, parameters, result }: FunctionHelp): string {
  return `${name}(${parameters.join(', ')})${result === undefined ? '' : `: ${result}`}`;
}

/** Each parameter with its default, as written. */
function parameterTexts({ parameters, parameterList }: FunctionReading, source: SourceText): readonly string[] {
  return parameters.map((one, index) => {
    const next = parameters[index + 1];
    const end = next === undefined ? parameterList.end : next.start - 1;
    return source.slice({ start: one.start - 1, end }).replace(/[,)]?\s*$/, '');
  });
}

/** The comment in the lines directly above. */
function commentAbove(offset: number, source: SourceText): string {
  const lines: string[] = [];
  for (let number = source.span({ start: offset, end: offset }).line - 1; number > 0; number--) {
    const comment = /^\s*#+\s?(.*)$/.exec(source.line(number));
    if (comment === null) break;
    lines.unshift(comment[1] ?? '');
  }
  return lines.join('\n');
}

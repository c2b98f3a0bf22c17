// What HELP says of one built-in function.
import { builtinFunctions } from '../../functions/builtin-functions.ts';
import type { BuiltinFunction } from '../../functions/function-definition.ts';

/** `length(text or list)`; brackets are around what may be left out. */
export function functionSyntax(name: string, { parameters, required, rest }: BuiltinFunction): string {
  const texts = parameters.map((type, index) => {
    const isRest = rest === true && index === parameters.length - 1;
    const text = isRest ? `${type}, …` : type;
    return index < required ? text : `[${text}]`;
  });
  return `${name}(${texts.join(', ')})`;
}

/** A function by its name, or by the beginning of its name when no other begins so. */
export function functionNamed(word: string): string | undefined {
  const name = word.toLowerCase();
  if (builtinFunctions.has(name)) return name;
  const begun = [...builtinFunctions.keys()].filter((one) => one.startsWith(name));
  return name.length >= 3 && begun.length === 1 ? begun[0] : undefined;
}

export function functionLines(name: string, one: BuiltinFunction): readonly string[] {
  const result = one.result === 'any' ? 'a value; its type depends on what is given' : `a value of type ${one.result}`;
  return [
    functionSyntax(name, one),
    '',
    `  Gives ${one.help}.`,
    '',
    `  Result: ${result}`,
    ...(one.example === undefined ? [] : ['', `  WRITE ${one.example[0]}`, `  # ${one.example[1]}`]),
    ...(one.lookup === undefined ? [] : ['', ...one.lookup.examples.map((text) => `  ${text}`)]),
    '',
    '  See also: HELP functions',
  ];
}

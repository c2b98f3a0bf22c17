// How numbers, quantities, dates and times are written, for both modes of the lexer.
import { spelledUnits } from '../units.ts';

/** What may stand between two words of a line that belong together, such as a number and its unit. */
export const someBlank = String.raw`(?:[ \t\f\v\u00a0\ufeff](?:\\[ \t]*(?:\r\n|\r|\n))?)`;

const spelled = [...spelledUnits]
  .sort((one, other) => other.length - one.length)
  .map((unit) => unit.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`))
  .join('|');
/** Dates, instants and times; an open group, so that its user adds quantities and closes it. */
export const digits = String.raw`(?:\d{4}-\d{2}-\d{2}(?:[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:[Zz]|[+-]\d{2}:\d{2})?)?|\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?`;
export const quantity = String.raw`\d+(?:\.\d+)?(?:%|[smhdwSMHDW]|[bB](?:\/[sS])?|${someBlank}*(?:${spelled})(?:\/[sS])?|)`;

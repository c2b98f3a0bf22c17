// What somebody meant who wrote a number as other languages do, or with a unit that there is not.
import { spelledUnits } from '../values/units.ts';
import { nearestMatch } from './nearest-match.ts';

const otherwise = 'write it in quotes if it is meant as text';
const units = 'the units are ms, s, m, h, d, w, B, KB, MB, GB, TB, PB, and /s behind a size';

/** What to write instead of a literal that is no value. */
export function suggestLiteral(text: string): string {
  if (/^0[xob][\da-f]|^[\d.]+e[+-]?\d+$|_/i.test(text)) {
    const value = Number(text.replaceAll('_', ''));
    return Number.isFinite(value) ? `did you mean ${value}?` : otherwise;
  }
  // What goes on behind the number was no literal anyway, and may be of any length.
  if (/^\.\d{1,20}[a-z%]{0,20}$/i.test(text)) return `did you mean 0${text}?`;
  const [, amount = '', unit] = /^(-?\d{1,20}(?:\.\d{1,20})?)\s*([A-Za-z]\w*)$/.exec(text) ?? [];
  return unit === undefined ? otherwise : suggestUnit(amount, unit);
}

/** The unit that was meant behind a number. */
export function suggestUnit(amount: string, unit: string): string {
  if (/^[smhdwb]$/i.test(unit)) return `did you mean ${amount}${unit}?`;
  const [, size, rate] = /^([kmgtp]i?b)(ps|s)$/i.exec(unit) ?? [];
  const nearest =
    size === undefined
      ? nearestMatch(unit, spelledUnits)
      : `${size.toUpperCase()}${rate?.toLowerCase() === 'ps' ? '/s' : ''}`;
  if (nearest === undefined) return units;
  return `did you mean ${amount} ${/^[kmgtp]i?b$/.test(nearest) ? nearest.toUpperCase() : nearest}?`;
}

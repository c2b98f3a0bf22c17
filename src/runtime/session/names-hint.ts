// The hint for a name that nothing has: the name that was probably meant, and all that there are.
import { nearestMatch } from '../../language/diagnostics/nearest-match.ts';

/** `shown` is how the names are listed, `none` the hint when there are none. */
export function namesHint(wanted: string, names: readonly string[], shown: readonly string[], none: string): string {
  if (shown.length === 0) return none;
  const nearest = nearestMatch(wanted, names);
  return `${nearest === undefined ? '' : `did you mean ${nearest}? `}there are: ${shown.join(', ')}`;
}

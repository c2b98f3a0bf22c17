// Amounts for a person who looks at something that goes on: rounded, and short. What a script prints is exact
// (language/values/value-text.ts).

const sizeUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `512 B`, `4.2 MB`, `37 GB`; a KB has 1024 bytes, as everywhere. */
export function roughSize(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  // Rounded, a number below a thousand would have four digits.
  while (amount >= 999.5 && unit < sizeUnits.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${roughNumber(amount, unit)} ${sizeUnits[unit]}`;
}

function roughNumber(amount: number, unit: number): string {
  return unit > 0 && amount < 9.95 ? amount.toFixed(1) : String(Math.round(amount));
}

const durationUnits: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** Its two largest units: `2d 5h`, `3m 20s`, `0s`. */
export function roughDuration(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1000));
  const first = durationUnits.findIndex(([, length]) => seconds >= length);
  const parts: string[] = [];
  for (const [unit, length] of first < 0 ? [] : durationUnits.slice(first, first + 2)) {
    const count = Math.floor(seconds / length);
    if (count > 0) parts.push(`${count}${unit}`);
    seconds -= count * length;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

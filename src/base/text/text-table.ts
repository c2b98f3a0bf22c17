// Tables for people: columns as wide as their widest cell on a terminal, two blanks between, none at the end of a line.
import { displayColumns } from './display-columns.ts';

/** `right` are the columns that stand at the right, such as those of numbers. */
export function textTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const lines = [heading, ...rows];
  const widths = heading.map((_, column) =>
    lines.reduce((widest, line) => Math.max(widest, displayColumns(line[column] ?? '')), 0),
  );
  return lines.map((line) => tableLine(line, widths, right));
}

export function tableLine(
  cells: readonly string[],
  widths: readonly number[],
  right: ReadonlySet<number> = new Set(),
): string {
  return widths
    .map((width, column) => {
      const cell = cells[column] ?? '';
      const blanks = ' '.repeat(Math.max(0, width - displayColumns(cell)));
      return right.has(column) ? blanks + cell : cell + blanks;
    })
    .join('  ')
    .trimEnd();
}

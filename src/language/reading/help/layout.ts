// Lines of text for a screen of 80 columns.

const columnsMax = 78;

/** Two columns, the first as wide as its widest entry. */
export function aligned(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd());
}

/** Words with commas, as many on a line as fit behind the first indent, then behind blanks of the same width. */
export function wrapped(words: readonly string[], indent: string): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const [index, word] of words.entries()) {
    const piece = index === words.length - 1 ? word : `${word},`;
    if (!isEmpty && line.length + piece.length + 1 > columnsMax) {
      lines.push(line);
      line = ' '.repeat(indent.length);
      isEmpty = true;
    }
    line += isEmpty ? piece : ` ${piece}`;
    isEmpty = false;
  }
  return [...lines, line];
}

// A picture of a terminal's screen, as SVG: its rows with their colours, in the letters of whoever looks at it.
const escapeByte = '\u001b';
const styleSequence = new RegExp(`${escapeByte}\\[([\\d;]*)m`);
const rowHeight = 18;
const columnWidth = 8.4;
const margin = 12;
const colours: Readonly<Record<string, string>> = {
  31: '#f14c4c',
  32: '#23d18b',
  33: '#e5c07b',
  34: '#3b8eea',
  35: '#d670d6',
  36: '#29b8db',
  90: '#8a8a8a',
};

/** `rows` may have the control sequences of colours, bold and faint (ECMA-48, SGR), and no others. */
export function terminalPicture(title: string, rows: readonly string[], columns: number): string {
  const width = Math.ceil(columns * columnWidth + 2 * margin);
  const height = rows.length * rowHeight + 2 * margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="#1e1e1e"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', monospace" font-size="14" fill="#d4d4d4">`,
    ...rows.flatMap((row, at) => (row.trim() === '' ? [] : [textOf(row, margin + (at + 0.75) * rowHeight)])),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function textOf(row: string, y: number): string {
  let style = '';
  // Text and what is between the bracket and the m of a sequence, in turns.
  const spans = row.split(styleSequence).map((part, index) => {
    if (index % 2 === 0) return part === '' ? '' : `<tspan${style}>${escaped(part)}</tspan>`;
    style = part.split(';').map(styleOf).join('');
    return '';
  });
  return `<text x="${margin}" y="${y}" xml:space="preserve">${spans.join('')}</text>`;
}

function styleOf(code: string): string {
  if (code === '' || code === '0' || code === '39' || code === '22') return '';
  if (code === '1') return ' font-weight="bold"';
  if (code === '2') return ' opacity="0.6"';
  const colour = colours[code];
  if (colour === undefined) throw new Error(`the picture does not know the colour ${code}`);
  return ` fill="${colour}"`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

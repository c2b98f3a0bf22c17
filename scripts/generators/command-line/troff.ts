// Text and Markdown as troff with the macros of man(7). Of Markdown there is what the documents for operators have: paragraphs,
// headings, tables, numbered steps, fenced blocks, code, emphasis and links.

const lineBytesMax = 76;

/** `NAME(1)` and so on: the title line of a page. */
export function titleLine(name: string, section: number, date: string, source: string): string {
  return `.TH ${[name.toUpperCase(), section, date, source, 'Understudy'].map((one) => `"${one}"`).join(' ')}`;
}

/** A text of any characters, as lines that are filled. Nothing in it is a request of troff. */
export function plain(text: string): string {
  return filled(escaped(text));
}

export function bold(text: string): string {
  return `\\fB${withSigns(text).replaceAll('-', '\\-')}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

export function section(title: string): string {
  return `.SH ${escaped(title.toUpperCase())}`;
}

/** A tag with what it means, as in a list of options; both are troff already. */
export function tagged(tag: string, ...meaning: readonly string[]): string {
  return ['.TP', tag, ...meaning].join('\n');
}

export function example(text: string): string {
  return `.PP\n.nf\n${text
    .split('\n')
    .map((line) => guarded(escaped(line)))
    .join('\n')}\n.fi`;
}

/** A document, or a part of one, with its headings as sections. */
export function fromMarkdown(markdown: string): string {
  const blocks = markdown.trim().split(/\n{2,}/);
  // The first paragraph of a section needs no space in front.
  return blocks
    .map(blockOf)
    .join('\n')
    .replace(/^\.PP\n(?!\.nf)/, '')
    .replaceAll(/^(\.SH .*\n)\.PP\n(?!\.nf)/gm, '$1');
}

function blockOf(block: string): string {
  const heading = /^#+ (.*)$/.exec(block)?.[1];
  if (heading !== undefined) return section(heading);
  if (block.startsWith('```')) return example(block.split('\n').slice(1, -1).join('\n'));
  if (block.startsWith('|')) return tableOf(block.split('\n'));
  if (/^(?:\d+\.|-) /.test(block)) {
    return block
      .split(/\n(?=(?:\d+\.|-) )/)
      .map((item) => `.IP ${/^\d+\./.exec(item)?.[0] ?? '\\(bu'} 4\n${spans(item.replace(/^(?:\d+\.|-) +/, ''))}`)
      .join('\n');
  }
  return `.PP\n${spans(block)}`;
}

/** Each row is a tag, the first cell, with the others below it; those between have the heading of their column. */
function tableOf(lines: readonly string[]): string {
  const [headings = [], , ...rows] = lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\) ?\| ?/)
      .map((one) => one.trim()),
  );
  return rows
    .map(([tag = '', ...cells]) => {
      const last = cells.length - 1;
      const between = cells.slice(0, last).map((cell, number) => `${headings[number + 1]}: ${cell}`);
      const meaning = spans(cells[last] ?? '');
      const notes = between.map((note) => `.br\n(${spans(note)})`);
      return tagged(spans(tag), meaning, ...notes);
    })
    .join('\n');
}

/** Code and emphasis are bold; of a link only its text is kept. */
function spans(text: string): string {
  const linked = text
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll('\\|', '|')
    .replaceAll(/\s+/g, ' ');
  const parts = linked.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*)/);
  const set = parts.map((part) => {
    if (/^`.+`$/.test(part)) return bold(part.slice(1, -1));
    if (/^\*\*.+\*\*$/.test(part)) return bold(part.slice(2, -2));
    return /^\*.+\*$/.test(part) ? italic(part.slice(1, -1)) : escaped(part);
  });
  return filled(set.join(''));
}

/** Dashes of options stay dashes, also where a hyphen is printed as another sign. */
function escaped(text: string): string {
  return withSigns(text).replaceAll(/(?<![A-Za-z0-9])--?[A-Za-z][\w-]*/g, (option) => option.replaceAll('-', '\\-'));
}

function withSigns(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('…', '...').replaceAll('•', '\\(bu').replaceAll(/[«»]/g, '"');
}

/** In lines of at most 80 bytes, as troff likes them. */
function filled(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (Buffer.byteLength(line) + Buffer.byteLength(word) > lineBytesMax && line !== '') lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return guarded(lines.join('\n'));
}

/** A line that begins with a dot or an apostrophe would be a request. */
function guarded(text: string): string {
  return text.replaceAll(/^(?=[.'])/gm, '\\&');
}

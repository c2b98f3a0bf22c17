// The table of rooms in ARCHITECTURE.md: every room and sub-room of the layer table with what it is for.
import { floors, rooms } from '../layers.ts';

/** Between these lines of the document the table stands; all else is written by hand. */
const beginMark = '<!-- Begin of the rooms: written by `npm run generate` from scripts/layers.ts -->';
const endMark = '<!-- End of the rooms -->';

/** The document with the table as the layer table says it. */
export function withRoomTable(document: string): string {
  const [begin, end] = [document.indexOf(beginMark), document.indexOf(endMark)];
  if (begin < 0 || end < begin) {
    throw new Error(`the document has no place for the rooms, which is between\n${beginMark}\n${endMark}`);
  }
  return [document.slice(0, begin) + beginMark, '', ...roomTable(), '', document.slice(end)].join('\n');
}

function roomTable(): string[] {
  const rows = Object.entries(rooms).flatMap(([name, { purpose, imports }]) => [
    row(`**\`${name}\`**`, purpose, imports.join(', ') || 'nothing'),
    ...subRoomRows(name),
  ]);
  return [row('Room', 'What is in it', 'May import'), '|---|---|---|', ...rows];
}

function subRoomRows(folder: string): string[] {
  return (floors[folder] ?? []).flatMap((floor, height) =>
    Object.entries(floor).flatMap(([name, purpose]) => {
      const path = `${folder}/${name}`;
      return [row(`\`${path}\``, purpose, `floor ${height + 1}`), ...subRoomRows(path)];
    }),
  );
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

// Makes a node table again from its journal, and writes a table to it as a whole.
import { StatusView } from '../protocol/status-view.ts';
import { type JournalRecord, type NodeJournal, recordKind } from './node-journal.ts';
import type { InodeKey, Node, NodeTable } from './node-table.ts';

/** Does every change of the journal again, in a table that has only its roots. */
export function restoreTable(table: NodeTable, journal: NodeJournal): void {
  const status = new StatusView();
  for (const record of journal.records()) redo(table, record, status);
  table.restored();
}

function redo(table: NodeTable, { kind, numbers, first, second }: JournalRecord, status: StatusView): void {
  const number = (at: number): number => numbers[at] as number;
  const node = (at: number): Node | undefined => table.get(number(at));
  const [one, other] = [node(0), node(1)];
  if (kind === recordKind.reset) table.reset();
  else if (kind === recordKind.node) {
    const key: InodeKey = number(4) === 1 ? Number(first) : first;
    const restored = table.restore(number(0), number(1), key, number(2), number(3), number(7) === 1);
    restored.lookups = number(5);
    restored.opens = number(6);
  } else if (one === undefined) return;
  else if (kind === recordKind.tell) {
    status.words.set([number(2), number(3)], 8);
    status.words.set([number(4), number(5)], 34);
    status.words[7] = number(6) % 2 ** 16;
    status.words[4] = number(7);
    table.tell(one, first, status, Math.floor(number(6) / 2 ** 16), number(1));
  } else if (kind === recordKind.forget) table.forget(one, number(1));
  else if (kind === recordKind.loseLink) table.loseLink(one);
  else if (kind === recordKind.opens) {
    if (number(1) === 1) table.opened(one);
    else table.closed(one);
  } else if (other === undefined) return;
  else if (kind === recordKind.removeName) table.removeName(one, first, other);
  else if (kind === recordKind.move) table.move(one, first, other, second);
  else if (kind === recordKind.exchange) table.exchange(one, first, other, second);
  else if (kind === recordKind.name) table.restoreName(one, other, first);
}

/** Between two requests: the journal is the table itself from now on. */
export function rewriteJournal(table: NodeTable, journal: NodeJournal): void {
  journal.rewrite(() => {
    for (const node of table.all()) {
      const { id, root, key, type, links, lookups, opens } = node;
      const numbers = [
        id,
        root,
        type,
        links,
        typeof key === 'number' ? 1 : 0,
        lookups,
        opens,
        table.isEnded(node) ? 1 : 0,
      ];
      journal.append(recordKind.node, numbers, String(key));
    }
    for (const node of table.all()) {
      const { folder, name, otherNames } = node;
      if (folder !== undefined) journal.append(recordKind.name, [node.id, folder.id], name);
      for (const further of otherNames ?? [])
        journal.append(recordKind.name, [node.id, further.folder.id], further.name);
    }
  });
}

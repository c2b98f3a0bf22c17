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
    const key: InodeKey = first === '' ? number(7) + number(8) * 2 ** 32 : first;
    const restored = table.restore(number(0), number(1), key, number(2), number(3), number(6) === 1);
    restored.lookups = number(4);
    restored.opens = number(5);
  } else if (one === undefined) return;
  else if (kind === recordKind.tell) {
    status.words.set([number(2), number(3)], 8);
    status.words.set([number(4), number(5)], 34);
    status.words[7] = number(6) % 2 ** 16;
    status.words[4] = number(7);
    table.tell(one, first, status, Math.floor(number(6) / 2 ** 16), number(1));
  } else if (kind === recordKind.forget) table.forget(one, number(1));
  else if (kind === recordKind.opened) table.opened(one);
  else if (kind === recordKind.closed) table.closed(one);
  else if (other === undefined) return;
  else if (kind === recordKind.removeName) table.removeName(one, first, other);
  else if (kind === recordKind.loseName) table.loseName(one, first, other);
  else if (kind === recordKind.move) table.move(one, first, other, second);
  else if (kind === recordKind.exchange) table.exchange(one, first, other, second);
  else if (kind === recordKind.name) table.restoreName(one, other, first);
}

/** Between two requests: the journal is the table itself from now on. */
export function rewriteJournal(table: NodeTable, journal: NodeJournal): void {
  journal.rewrite(() => {
    for (const node of table.all()) recordNode(journal, node);
    for (const node of table.all()) {
      const { folder, name, otherNames } = node;
      if (folder !== undefined) recordName(journal, node, folder, name);
      for (const further of otherNames ?? []) recordName(journal, node, further.folder, further.name);
    }
  });
}

function recordNode(journal: NodeJournal, node: Node): void {
  const { key } = node;
  journal.begin(recordKind.node);
  journal.put(node.id);
  journal.put(node.root);
  journal.put(node.type);
  journal.put(node.links);
  journal.put(node.lookups);
  journal.put(node.opens);
  journal.put(node.isEnded ? 1 : 0);
  if (typeof key === 'number') {
    journal.put(key);
    journal.put(key / 2 ** 32);
    journal.end();
  } else journal.endNamed(String(key));
}

function recordName(journal: NodeJournal, node: Node, folder: Node, name: string): void {
  journal.begin(recordKind.name);
  journal.put(node.id);
  journal.put(folder.id);
  journal.endNamed(name);
}

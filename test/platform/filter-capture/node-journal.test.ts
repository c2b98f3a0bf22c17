// The table of nodes is the same after it was made again from its journal.
import { expect, it } from 'vitest';
import { journalBytes, NodeJournal } from '../../../src/platform/filter-capture/nodes/node-journal.ts';
import { foreverLookups, type Node, NodeTable } from '../../../src/platform/filter-capture/nodes/node-table.ts';
import { restoreTable, rewriteJournal } from '../../../src/platform/filter-capture/nodes/table-restoring.ts';
import { StatusView } from '../../../src/platform/filter-capture/protocol/status-view.ts';

const folderMode = 0o040755;
const fileMode = 0o100644;

function statusOf(inode: number, mode: number, links = 1, device = 0): StatusView {
  const status = new StatusView();
  status.words[4] = links;
  status.words[7] = mode;
  status.words[8] = inode;
  status.words[9] = inode / 2 ** 32;
  status.words[35] = device;
  return status;
}

function newTable(): NodeTable {
  const table = new NodeTable(0);
  table.tell(table.top, '0', statusOf(2, folderMode), 0).lookups = foreverLookups;
  return table;
}

/** All that a table knows. */
function picture(table: NodeTable): readonly unknown[] {
  return [...table.all()].map((node) => {
    const names = [...(node.otherNames ?? []), ...(node.folder === undefined ? [] : [node as Required<Node>])];
    const paths = names.map(({ folder, name }) => `${folder?.id}/${name}`).sort();
    const children = [...(node.children ?? [])].map(([name, { id }]) => `${name}=${id}`).sort();
    const { id, key, type, links, lookups, opens } = node;
    return { id, key, type, links, lookups, opens, paths, children, isEnded: node.isEnded };
  });
}

/** Some change of a table: any number gives another. */
function change(table: NodeTable, random: (below: number) => number): void {
  const nodes = [...table.all()];
  const some = nodes[random(nodes.length)] as Node;
  // The kernel knows a folder in which it does something.
  const folders = nodes.filter(({ isFolder, isNamed, lookups }) => isFolder && isNamed && lookups > 0);
  const [folder, other] = [folders[random(folders.length)] as Node, folders[random(folders.length)] as Node];
  const [name, second] = [`n${random(8)}`, `n\xff${random(8)}`];
  const child = folder.children?.get(name);
  const kind = random(11);
  if (kind < 3) table.tell(folder, name, statusOf(10 + 2 * random(60), fileMode, 1 + random(2)), 0);
  else if (kind === 3) table.tell(folder, second, statusOf(11 + 2 * random(20), folderMode), 0);
  else if (kind === 4 && some.id > 2) table.forget(some, 1 + random(2));
  else if (kind === 5) table.opened(some);
  else if (kind === 6 && some.opens > 0) table.closed(some);
  else if (kind === 7 && child !== undefined) table.loseName(folder, name, child);
  else if (kind === 9) table.tell(folder, name, statusOf(2 ** 40 + random(9), fileMode), 0);
  else if (kind === 10) table.tell(folder, name, statusOf(random(9), fileMode, 1, 7), 0);
  else if (kind === 8 && child?.isFolder === false) {
    if (random(2) === 0) table.move(folder, name, other, second);
    else table.exchange(folder, name, other, `n${random(8)}`);
  }
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])('whatever happened to it (%i)', (seed) => {
  let state = seed;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const memory = new ArrayBuffer(journalBytes);
  let journal = new NodeJournal(memory, 0);
  let table = newTable();
  table.journal = journal;
  for (let round = 0; round < 400; round += 1) {
    change(table, random);
    if (round % 90 === 60) rewriteJournal(table, journal);
    const before = picture(table);
    // What an unfinished request did is taken back.
    journal.mark();
    if (round % 7 === 0) change(table, random);
    if (round % 7 !== 0 && round % 5 !== 0) continue;
    journal = new NodeJournal(memory, 0);
    journal.rollBack();
    table = newTable();
    restoreTable(table, journal);
    table.journal = journal;
    expect(picture(table)).toEqual(before);
  }
  expect(journal.isFull).toBe(false);
});

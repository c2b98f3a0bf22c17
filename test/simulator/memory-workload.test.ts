import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangeOperation } from '../../src/model/stream/operation.ts';
import type { CapturedChange } from '../../src/ports/capture.ts';
import { MemoryFiles } from '../../src/simulator/memory/memory-files.ts';
import { MemoryWorkload } from '../../src/simulator/memory/memory-workload.ts';
import { decodeChange } from '../../src/wire/records/operation-codec.ts';

let files: MemoryFiles;
let heard: CapturedChange[];

beforeEach(async () => {
  files = new MemoryFiles();
  await (await files.openTree('/srv/sales', { create: true })).close();
  await (await files.openTree('/srv/other', { create: true })).close();
  heard = [];
});

async function capture(mode: 'changes' | 'operations'): Promise<MemoryWorkload> {
  const workload = new MemoryWorkload(files, mode);
  await workload.start({ roots: ['/srv/sales'], listener: hear });
  return workload;
}

function hear(batch: readonly CapturedChange[]): undefined {
  heard.push(...batch);
}

function operations(): ChangeOperation[] {
  return heard.flatMap((change) => (change.kind === 'operation' ? [decodeChange(change.record)] : []));
}

const brief = (): string[] => operations().map((one) => `${one.kind} ${one.path}`);

describe('operations', () => {
  it('come in order with their bytes, each followed by the times it moved', async () => {
    const workload = await capture('operations');
    const data = Buffer.from('one');
    workload.create('/srv/sales/a', data);
    workload.write('/srv/sales/a', 3, data);
    data.fill(0);
    workload.rename('/srv/sales/a', '/srv/sales/b');
    workload.link('/srv/sales/b', '/srv/sales/c');
    workload.truncate('/srv/sales/c', 1);
    workload.unlink('/srv/sales/b');
    workload.create('/srv/other/unheard');
    expect(brief()).toEqual([
      'file a',
      'attributes ',
      'write a',
      'attributes a',
      'rename a',
      'attributes ',
      'attributes ',
      'link c',
      'attributes ',
      'truncate c',
      'attributes c',
      'remove b',
      'attributes ',
    ]);
    expect(operations()[0]).toMatchObject({ size: 3, content: Buffer.from('one'), attributes: { mode: 0o644 } });
    expect(operations()[2]).toMatchObject({ offset: 3, data: Buffer.from('one') });
    const tree = await files.openTree('/srv/sales');
    const root = await tree.status('' as never);
    expect(operations().at(-1)).toMatchObject({ attributes: { modifiedNs: root?.modifiedNs } });
  });

  it('split what is larger than an operation may be', async () => {
    const workload = await capture('operations');
    workload.create('/srv/sales/large', Buffer.alloc(150_000, 7));
    workload.write('/srv/sales/large', 10, Buffer.alloc(70_000, 8));
    expect(brief().filter((one) => one.endsWith('large'))).toEqual([
      'file large',
      'write large',
      'write large',
      'attributes large',
      'write large',
      'write large',
      'attributes large',
    ]);
    expect(operations()[0]).toMatchObject({ size: 150_000 });
  });

  it('tell a move over the edge of the root as an appearance with all below it, or as a removal', async () => {
    const workload = await capture('operations');
    workload.makeDirectory('/srv/other/d');
    workload.create('/srv/other/d/x', Buffer.from('X'));
    workload.rename('/srv/other/d', '/srv/sales/d');
    expect(brief()).toEqual(['remove d', 'directory d', 'file d/x', 'attributes d', 'attributes ']);
    heard.length = 0;
    workload.rename('/srv/sales/d', '/srv/other/back');
    expect(brief()).toEqual(['remove d', 'attributes ']);
  });

  it('never enter a listener twice, and keep the order when it changes the workload itself', async () => {
    const workload = new MemoryWorkload(files, 'operations');
    let depth = 0;
    await workload.start({
      roots: ['/srv/sales'],
      listener: (batch) => {
        depth += 1;
        expect(depth).toBe(1);
        heard.push(...batch);
        if (heard.length === 2) workload.create('/srv/sales/answer');
        depth -= 1;
      },
    });
    workload.create('/srv/sales/question');
    expect(brief()).toEqual(['file question', 'attributes ', 'file answer', 'attributes ']);
  });
});

describe('changes', () => {
  it('say where something changed, without bytes', async () => {
    const workload = await capture('changes');
    workload.create('/srv/sales/a', Buffer.from('one'));
    workload.write('/srv/sales/a', 0, Buffer.from('two'));
    workload.setAttributes('/srv/sales/a', { mode: 0o600 });
    workload.rename('/srv/sales/a', '/srv/sales/b');
    workload.rename('/srv/sales/b', '/srv/other/b');
    workload.rename('/srv/other/b', '/srv/sales/c');
    workload.unlink('/srv/sales/c');
    expect(heard).toEqual([
      { kind: 'appeared', root: 0, path: 'a', scan: false },
      { kind: 'changed', root: 0, path: 'a', what: 'content' },
      { kind: 'changed', root: 0, path: 'a', what: 'attributes' },
      { kind: 'renamed', root: 0, path: 'a', to: 'b' },
      { kind: 'vanished', root: 0, path: 'b' },
      { kind: 'appeared', root: 0, path: 'c', scan: true },
      { kind: 'vanished', root: 0, path: 'c' },
    ]);
  });

  it('are not heard during an overflow, which is', async () => {
    const workload = await capture('changes');
    workload.overflow(() => workload.create('/srv/sales/missed'));
    expect(heard).toEqual([{ kind: 'overflow', root: 0, path: '' }]);
    workload.fail('the queue is gone');
    workload.create('/srv/sales/after');
    expect(heard.slice(1)).toEqual([{ kind: 'failed', reason: 'the queue is gone' }]);
  });

  it('do not begin for a root that is not there', async () => {
    const workload = new MemoryWorkload(files, 'changes');
    const request = { roots: ['/srv/none'], listener: () => undefined };
    await expect(workload.start(request)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

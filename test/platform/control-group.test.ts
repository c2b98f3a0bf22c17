// A program's control group on a real cgroup v2, which the test mounts for itself: what has left the process group is in it too.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findControlGroup, makeControlGroup } from '../../src/platform/processes/control-group.ts';

let mountPoint = '';
let parent = '';

function mountGroups(): boolean {
  mountPoint = mkdtempSync(join(tmpdir(), 'understudy-cgroup-'));
  if (spawnSync('mount', ['-t', 'cgroup2', 'none', mountPoint]).status === 0) return true;
  rmSync(mountPoint, { recursive: true });
  return false;
}

const isMounted = mountGroups();

describe.runIf(isMounted)('the control group of a program', () => {
  beforeAll(() => {
    parent = join(mountPoint, `understudy-test-${process.pid}`);
    mkdirSync(parent);
  });

  afterAll(async () => {
    for (const name of readdirSync(parent).filter((one) => one.startsWith('understudy-'))) {
      const group = findControlGroup(name.slice('understudy-'.length), parent);
      group?.kill();
      await vi.waitFor(() => expect(group?.processIds()).toEqual([]), 120_000);
      group?.remove();
    }
    rmdirSync(parent);
    spawnSync('umount', [mountPoint]);
    rmdirSync(mountPoint);
  });

  it('holds what has made itself a session of its own, ends it, and is taken away when it is empty', async () => {
    const group = makeControlGroup('task.onexecute', parent);
    expect(group).toBeDefined();
    const child = spawn('/usr/bin/sh', ['-c', 'read go; setsid sleep 1000 & exit'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    group?.add(child.pid ?? 0);
    child.stdin.end('go\n');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(group?.processIds()).toHaveLength(1);
    group?.remove();
    expect(findControlGroup('task.onexecute', parent)?.processIds()).toHaveLength(1);
    group?.kill();
    await expect.poll(() => group?.processIds()).toEqual([]);
    group?.remove();
    expect(findControlGroup('task.onexecute', parent)).toBeUndefined();
  });

  it('has a name that cannot leave its folder, and is not made twice', () => {
    expect(makeControlGroup('../../x', parent)).toBeDefined();
    expect(existsSync(join(parent, 'understudy-.._.._x'))).toBe(true);
    expect(makeControlGroup('../../x', parent)).toBeUndefined();
    expect(makeControlGroup('x', join(parent, 'not-there'))).toBeUndefined();
  });
});

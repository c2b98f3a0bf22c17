import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockHome, readLockHolder } from '../../src/platform/storage/home-lock.ts';

let home: string;

beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'understudy-lock-')), 'home');
});

afterEach(() => rmSync(join(home, '..'), { recursive: true }));

it('lets one in, says who it is, and lets the next in afterwards', () => {
  const lock = lockHome(home, 'alpha');
  lock.describe({ processId: process.pid, name: 'alpha', listen: '127.0.0.1:6320' });
  expect(() => lockHome(home, 'beta')).toThrow(
    `cannot use the home folder: ${home}: the server alpha, process ${process.pid}, is using it`,
  );
  expect(readLockHolder(home)).toEqual({ processId: process.pid, name: 'alpha', listen: '127.0.0.1:6320' });
  lock.release();
  expect(readLockHolder(home)).toBeUndefined();
  lockHome(home, 'beta').release();
});

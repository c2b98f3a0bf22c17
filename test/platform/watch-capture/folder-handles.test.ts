// What becomes of a folder's handle when the kernel cannot open it at once, with answers of the kernel as a test gives them.
import { constants, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keyOf } from '../../../src/platform/watch-capture/fanotify/fanotify-records.ts';
import { FolderHandles } from '../../../src/platform/watch-capture/fanotify/folder-handles.ts';

interface Asked {
  readonly path: string | undefined;
  /** How often a change was told of which the place is not known. */
  readonly lost: number;
  readonly rests: number;
}

/** Asks for the path of a folder of which the kernel first says something else. */
function ask(folder: string, ...answers: readonly (string | 'opens')[]): Asked {
  let [lost, rests, questions] = [0, 0, 0];
  const calls = {
    open: (): number | string => {
      const answer = answers[Math.min(questions++, answers.length - 1)] ?? '';
      return answer === 'opens' ? openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY) : answer;
    },
    rest: (): void => {
      rests += 1;
    },
  };
  const handles = new FolderHandles(
    folder,
    () => true,
    () => {
      lost += 1;
    },
    calls,
  );
  const path = handles.pathOf(keyOf('12345678', Buffer.alloc(16)));
  return { path, lost, rests };
}

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-handles-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it('a folder whose inode is being made anew is asked for again, and is gone', () => {
  const folder = temporaryFolder();
  expect(ask(folder, 'ENOMEM', 'ENOMEM', 'ESTALE')).toEqual({ path: undefined, lost: 0, rests: 2 });
});

it('a folder that the kernel had no memory for, for a moment, is found', () => {
  const folder = temporaryFolder();
  expect(ask(folder, 'ENOMEM', 'opens')).toEqual({ path: folder, lost: 0, rests: 1 });
});

it('a folder that the kernel has never memory for is not waited for longer than two seconds, and told as lost', () => {
  const folder = temporaryFolder();
  expect(ask(folder, 'ENOMEM')).toEqual({ path: undefined, lost: 1, rests: 1999 });
});

it('a folder that cannot be opened for another reason is told as lost at once', () => {
  const folder = temporaryFolder();
  expect(ask(folder, 'EACCES')).toEqual({ path: undefined, lost: 1, rests: 0 });
});

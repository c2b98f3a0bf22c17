import { describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { Selection } from '../../../src/engine/sending/selection.ts';
import type { SelectionRule } from '../../../src/model/job.ts';

type Words = `${'+' | '-'}${string}`;

function selectionOf(...rules: Words[]): Selection {
  return new Selection(
    rules.map((rule): SelectionRule => {
      return { action: rule.startsWith('+') ? 'include' : 'exclude', root: 0, pattern: rule.slice(1) };
    }),
  );
}

function included(selection: Selection, ...paths: string[]): string[] {
  return paths.filter((path) => selection.includes(0, path as RawPath, path.endsWith('d')));
}

function shielded(selection: Selection, ...paths: string[]): string[] {
  return paths.filter((path) => selection.shields(0, path as RawPath));
}

describe('which paths belong to the workload', () => {
  test('without rules everything does, and nothing is shielded', () => {
    const selection = selectionOf();
    expect(included(selection, 'a', 'd/d', 'd/x.log')).toEqual(['a', 'd/d', 'd/x.log']);
    expect(shielded(selection, 'a', 'd/x.log')).toEqual([]);
  });

  test('a wildcard stands for names at any depth, and for all below them', () => {
    const selection = selectionOf('-*.log');
    expect(included(selection, 'x.log', 'd/e/x.log', 'd/x.log/inside', 'd/x.logs', 'xlog', 'x.log.1')).toEqual([
      'd/x.logs',
      'xlog',
      'x.log.1',
    ]);
  });

  test('a wildcard below a folder stands for names below that folder only', () => {
    const selection = selectionOf('-var/*.log');
    expect(included(selection, 'x.log', 'var/x.log', 'var/d/x.log', 'other/var/x.log')).toEqual([
      'x.log',
      'other/var/x.log',
    ]);
  });

  test('? is one character, and what means something in a regular expression is only itself', () => {
    expect(included(selectionOf('-a?c'), 'abc', 'ac', 'a/c', 'abbc')).toEqual(['ac', 'a/c', 'abbc']);
    expect(included(selectionOf('-a+(1).[x]$'), 'a+(1).[x]$', 'aa1.x')).toEqual(['aa1.x']);
    expect(included(selectionOf('-*'), 'a', 'b/c')).toEqual([]);
  });

  test('names with line feeds and bytes beyond ASCII are matched whole', () => {
    const selection = selectionOf('-*.log');
    expect(included(selection, 'a\nb.log', '\xff.log', 'd/\n/x.log', 'a.log\nb')).toEqual(['a.log\nb']);
  });

  test('a plain path stands for itself and all below, not for names that only begin like it', () => {
    const selection = selectionOf('-tmp');
    expect(included(selection, 'tmp', 'tmp/x', 'tmpfile', 'd/tmp')).toEqual(['tmpfile', 'd/tmp']);
  });

  test('with an include by pattern only what matches belongs, and the folders on the way', () => {
    const selection = selectionOf('+*.db');
    expect(included(selection, 'a.db', 'd/b.db', 'd', 'd/e/d', 'c.txt', 'd/c.txt')).toEqual([
      'a.db',
      'd/b.db',
      'd',
      'd/e/d',
    ]);
  });

  test('the last rule that matches decides', () => {
    expect(included(selectionOf('-*.log', '+keep.log'), 'keep.log', 'd/keep.log', 'x.log')).toEqual(['keep.log']);
    expect(included(selectionOf('+keep.log', '-*.log'), 'keep.log')).toEqual([]);
    expect(included(selectionOf('+', '-cache', '+cache/wanted'), 'a', 'cache/x', 'cache/wanted')).toEqual([
      'a',
      'cache/wanted',
    ]);
  });

  test('the root itself always belongs, and rules of one root say nothing about another', () => {
    const selection = selectionOf('-*', '-');
    expect(selection.includes(0, '' as RawPath, true)).toBe(true);
    expect(selection.includes(1, 'a' as RawPath, false)).toBe(true);
  });
});

describe('what the replica may keep', () => {
  test('an exclude shields, a file outside an include does not', () => {
    expect(shielded(selectionOf('-*.log'), 'x.log', 'd/x.log', 'x')).toEqual(['x.log', 'd/x.log']);
    expect(shielded(selectionOf('+*.db'), 'x.txt', 'a.db')).toEqual([]);
  });

  test('exclude and include together: the exclude shields, the rest follows the include', () => {
    const selection = selectionOf('+*.db', '-old*');
    expect(included(selection, 'a.db', 'old.db', 'x.txt')).toEqual(['a.db']);
    expect(shielded(selection, 'a.db', 'old.db', 'x.txt')).toEqual(['old.db']);
  });
});

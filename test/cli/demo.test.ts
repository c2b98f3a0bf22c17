// The demonstration of `npm start`, on a folder of odd names with the application writing, and what it leaves behind.
import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { differencesBetween, manifestOf } from '../../scripts/demo-manifest.ts';

const program = join(import.meta.dirname, '../../scripts/demo.ts');

function demonstrate(
  temporary: string,
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly out: string }> {
  const environment = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let out = '';
  const keep = (chunk: Buffer): void => {
    out += chunk.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

it('protects a folder under a writing application, and leaves an equal replica and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-demo-test-'));
  try {
    const [source, replica, temporary] = ['it is a source', 'replica', 'temporary'].map((name) => join(folder, name));
    if (source === undefined || replica === undefined || temporary === undefined) throw new Error('unreachable');
    mkdirSync(temporary);
    mkdirSync(join(source, 'two\nlines'), { recursive: true });
    for (let index = 0; index < 100; index += 1) writeFileSync(join(source, 'two\nlines', `${index} ü`), `${index}`);
    writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xff, 0xfe])]), '');
    writeFileSync(join(source, 'y'.repeat(255)), 'long');
    symlinkSync('nowhere', join(source, 'link'));
    linkSync(join(source, 'y'.repeat(255)), join(source, 'another name'));
    const { code, out } = await demonstrate(temporary, '--source', source, '--replica', replica, '--with-writer');
    expect(out).toMatch(/The program in the stream saw its counter at [1-9]/);
    expect(out).toContain('The replica equals the source. Everything held.');
    expect(code).toBe(0);
    const [ours, theirs] = [await manifestOf(source), await manifestOf(replica)];
    expect(ours.files).toBeGreaterThan(105);
    expect(differencesBetween(ours, theirs)).toEqual([]);
    // The comparison can fail.
    writeFileSync(join(replica, 'y'.repeat(255)), 'lonG');
    expect(differencesBetween(ours, await manifestOf(replica)).length).toBeGreaterThan(0);
    expect(readdirSync(temporary)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('says how it is used', async () => {
  const { code, out } = await demonstrate(tmpdir(), '--source', '/x');
  expect(code).toBe(2);
  expect(out).toContain('usage: npm start');
});

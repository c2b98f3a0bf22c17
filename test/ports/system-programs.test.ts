import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { SystemPrograms } from '../../src/platform/processes/programs.ts';
import { describePrograms } from './programs-conformance.ts';

let folder: string;

function script(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-programs-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describePrograms('of the system', async () => ({
  programs: new SystemPrograms(),
  echo: script('echo', '#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\n'),
  copying: script('copying', '#!/bin/sh\ncat\nprintf warning >&2\n'),
  failing: script('failing', '#!/bin/sh\nexit 3\n'),
  endless: script('endless', '#!/bin/sh\nsleep 1000\n'),
  missing: join(folder, 'nowhere'),
  notExecutable: script('text', 'echo a shell would run me\n'),
}));

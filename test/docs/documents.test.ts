// What the documents show is typed as they show it, block by block, and has to work.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/runtime/stores/configuration.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { type BindServer, startBind } from '../support/bind-server.ts';
import { requireProgram } from '../support/packages.ts';
import { type FencedBlock, fencedBlocks } from './fenced-blocks.ts';
import { Reader } from './reader.ts';

const projectFolder = join(import.meta.dirname, '../..');
const documents = ['README.md', ...globSync('docs/**/*.md', { cwd: projectFolder })].toSorted();
const blocksOf = (document: string): readonly FencedBlock[] => fencedBlocks(join(projectFolder, document));
const needsDns = ({ text }: FencedBlock): boolean => /127\.0\.0\.1:53\b|-p 53\b/.test(text);

/** The settings of Neovim, in Lua, are run by test/editors/neovim.test.ts. */
const kinds = ['sh', 'dtcl', 'json', 'text', 'lua', 'toml'];

let reader: Reader;
let bind: BindServer | undefined;

beforeEach(() => {
  reader = new Reader();
});

afterEach(async () => {
  reader.close();
  await bind?.stop();
  bind = undefined;
});

/** A DNS server for what the documents say of `127.0.0.1:53`; false when this machine has none. */
async function serveDns(): Promise<boolean> {
  if (!requireProgram('named', 'dig')) return false;
  bind = await startBind();
  reader.replace('127.0.0.1:53 ', `127.0.0.1:${bind.port} `);
  reader.replace('-p 53 ', `-p ${bind.port} `);
  reader.replace('/etc/bind/understudy.key', bind.keyFile);
  return true;
}

describe('the documents', () => {
  it.each(documents)('%s has only blocks that are run, or say what they are', (document) => {
    const languages = new Set(blocksOf(document).map((block) => block.language));
    expect([...languages].filter((language) => !kinds.includes(language))).toEqual([]);
  });

  it.each(documents)('%s can be typed as it stands', async (document) => {
    const blocks = blocksOf(document);
    const used = new Set(
      blocks.flatMap(({ text }) => Array.from(text.matchAll(/127\.0\.0\.1:(\d{4,5})/g), (m) => m[1])),
    );
    await reader.movePorts([...used].map(Number));
    const hasDns = blocks.some(needsDns) && (await serveDns());
    for (const block of blocks) {
      if (needsDns(block) && !hasDns) continue;
      if (block.language === 'sh') await reader.shell(block.text);
      if (block.language === 'dtcl') await reader.prompt(homeOf(block, document), `${block.text}\n`);
      if (block.language === 'json') await checkConfiguration(block.text);
    }
  });
});

function homeOf({ note, line }: FencedBlock, document: string): string {
  const home = /^--home (\S+)$/.exec(note)?.[1];
  if (home === undefined) throw new Error(`${document}:${line}: say in whose home: \`\`\`dtcl --home DIR`);
  return home;
}

async function checkConfiguration(text: string): Promise<void> {
  const storage = new MemoryStorage();
  await storage.replace('server.json', Buffer.from(text));
  expect(await readConfiguration(storage)).toMatchObject(JSON.parse(text));
}

describe('the examples', () => {
  const names = globSync('*.dtcl', { cwd: join(projectFolder, 'examples') }).toSorted();

  it('are those that are run here', () => {
    // The documents rehearse the disaster.
    expect(names).toEqual(['demo.dtcl', 'disaster.dtcl', 'protect.dtcl', 'sales.dtcl']);
  });

  it('sales.dtcl protects, fails over and points the name to the target', async ({ skip }) => {
    if (!(await serveDns())) skip('there is no DNS server here');
    await reader.shell(`
      mkdir -p /tmp/understudy-tour/sales
      echo 'order 1' > /tmp/understudy-tour/sales/orders
      sed 's:/srv/:/tmp/understudy-tour/:g' examples/sales.dtcl > /tmp/understudy-tour/sales.dtcl
      npx understudy check examples/sales.dtcl
    `);
    const home = '/tmp/understudy-tour/home';
    const server = `127.0.0.1:${bind?.port} zone example zone 0.0.10.in-addr.arpa secretfile ${bind?.keyFile}`;
    await reader.prompt(home, `target beta\ndns server add ${server}\nquit\n`);
    const printed = await reader.shell(`
      npx understudy run /tmp/understudy-tour/sales.dtcl --home ${home}
      diff -r /tmp/understudy-tour/sales /tmp/understudy-tour/replica
      dig @127.0.0.1 -p ${bind?.port} shop.example +noall +answer
      dig @127.0.0.1 -p ${bind?.port} -x 10.0.0.2 +short
    `);
    expect(printed).toContain('The source handed over everything it had.');
    expect(printed).toMatch(/^shop\.example\.\s+300\s+IN\s+A\s+10\.0\.0\.2$/m);
    expect(printed).toMatch(/^shop\.example\.$/m);
  });

  it('demo.dtcl and protect.dtcl run with the folders they are given', async () => {
    const folders = '--home /tmp/understudy-tour/home --workload /tmp/understudy-tour/sales';
    await reader.shell(`
      mkdir -p /tmp/understudy-tour/sales
      echo 'order 1' > /tmp/understudy-tour/sales/orders
      npx understudy run examples/protect.dtcl ${folders} --replica /tmp/understudy-tour/first
      diff -r /tmp/understudy-tour/sales /tmp/understudy-tour/first
      npx understudy run examples/demo.dtcl ${folders} --replica /tmp/understudy-tour/second \\
        --quiesce /bin/true --stamp /bin/true --live 1s
      diff -r /tmp/understudy-tour/sales /tmp/understudy-tour/second
    `);
  });
});

it('npx finds the command in the project folder, without asking a registry', () => {
  const cache = mkdtempSync(join(tmpdir(), 'understudy-npx-'));
  try {
    const env = { ...process.env, npm_config_offline: 'true', npm_config_cache: cache };
    const ended = spawnSync('npx', ['understudy', '--help'], { cwd: projectFolder, env, encoding: 'utf8' });
    expect(ended.stdout).toContain('Usage: understudy');
    expect(ended.status).toBe(0);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});

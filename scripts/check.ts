// Everything that must hold before a change is kept, in one command: `npm test`, or `npm run check`, which is the same.
// With arguments it only runs tests, and hands the arguments to vitest: `npm test -- test/engine`.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkLayers } from './check-layers.ts';
import { checkPurity } from './check-purity.ts';
import { ensurePackages } from './packages.ts';

/** What is wrong, in words; nothing when it holds. */
type Findings = string | undefined;

interface Check {
  readonly name: string;
  readonly run: () => Findings | Promise<Findings>;
}

const projectFolder = join(import.meta.dirname, '..');
const tool = (path: string): string => join(projectFolder, 'node_modules', path);

const checks: readonly Check[] = [
  { name: 'types', run: () => findingsOf(tool('typescript/bin/tsc'), ['--project', '.']) },
  {
    name: 'lint and format',
    run: () => findingsOf(tool('@biomejs/biome/bin/biome'), ['check', '--error-on-warnings']),
  },
  { name: 'layers', run: layerFindings },
  { name: 'dead code', run: () => findingsOf(tool('knip/bin/knip.js'), ['--treat-config-hints-as-errors']) },
  { name: 'generated files', run: generatedFindings },
];

/** Runs a JavaScript program to its end; its words are the findings when it does not end with code 0. */
function findingsOf(program: string, programArguments: readonly string[]): Findings {
  const ended = runNode([program, ...programArguments], 'pipe');
  if (ended.status === 0) return undefined;
  return `${ended.stdout ?? ''}${ended.stderr ?? ''}${ended.error?.message ?? ''}`;
}

function runNode(nodeArguments: readonly string[], output: 'pipe' | 'inherit'): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, nodeArguments, {
    cwd: projectFolder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', output, output],
  });
}

async function layerFindings(): Promise<Findings> {
  const { violations } = await checkLayers(projectFolder);
  const findings = [...violations, ...checkPurity(projectFolder)];
  return findings.length === 0 ? undefined : findings.join('\n');
}

function generatedFindings(): Findings {
  const generator = join(projectFolder, 'scripts/generate.ts');
  return existsSync(generator) ? findingsOf(generator, ['--check']) : undefined;
}

/** Runs the tests in the open. In continuous integration a program they need and do not have is a failure. */
function runTests(vitestArguments: readonly string[]): boolean {
  const packagesComplete = ensurePackages() || !process.env.CI;
  return runNode([tool('vitest/vitest.mjs'), 'run', ...vitestArguments], 'inherit').status === 0 && packagesComplete;
}

async function runChecks(): Promise<boolean> {
  let good = true;
  for (const { name, run } of checks) {
    const startMs = performance.now();
    const findings = await run();
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    console.log(`${findings === undefined ? 'good' : 'BAD '}  ${name.padEnd(16)} ${seconds} s`);
    if (findings !== undefined) {
      good = false;
      console.log(findings.trimEnd());
    }
  }
  return good;
}

const vitestArguments = process.argv.slice(2);
const checksGood = vitestArguments.length > 0 || (await runChecks());
const testsGood = runTests(vitestArguments);
process.exitCode = checksGood && testsGood ? 0 : 1;

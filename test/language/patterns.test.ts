// Regular expressions: what they find, what is said of wrong ones, and that none holds a run up.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readScript } from '../../src/cli/scripts/script-file.ts';
import { patternProblem } from '../../src/language/functions/patterns.ts';
import { checkScript } from '../../src/language/program.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import { run } from './scripted-host.ts';

test.each([
  [`matches('a web-12', 'web-\\d+')`, 'true'],
  [`matches('a web-12', '^web')`, 'false'],
  [`matches('WEB', '(?i)web')`, 'true'],
  [`match('key = value', '(\\w+) = (\\w+)').groups`, '["key", "value"]'],
  [`match('b', '(a)|b').groups`, '[none]'],
  [`match('disk 87%', '([0-9]+)%')`, '{text: "87%", start: 5, groups: ["87"]}'],
  [`match('disk 87%', '(?<what>[a-z]+) (?P<used>[0-9]+)%').named`, '{what: "disk", used: "87"}'],
  [`match('b', '(?<first>a)|b').named.first`, 'none'],
  [`map(matchall('a=1 b=2', '(?<name>[a-z])=(?<value>[0-9])'), "field", "named")[1].value`, '2'],
  [`match('x', 'y')`, 'none'],
  [`matchall('', 'a')`, '[]'],
  [`length(matchall('ab', ''))`, '3'],
  [`replacepattern('a.b', '\\.', '\\\\')`, 'a\\b'],
  [`replacepattern('ab', '(a)|(x)', '[\\0\\2]')`, '[a]b'],
  [`replacepattern('ab', '', '-')`, '-a-b-'],
  [`splitpattern('a1b22c', '[0-9]+')`, '["a", "b", "c"]'],
  [`splitpattern(',a,', ',')`, '["", "a", ""]'],
  [`splitpattern('ab', '')`, '["a", "b"]'],
  [`filter(['web-1', 'db'], "matches", '^web')`, '["web-1"]'],
])('%s is %s', async (expression, printed) => {
  const { host, outcome } = await run(`WRITE ${expression}`);
  expect(outcome.diagnostics).toEqual([]);
  expect(host.lines).toEqual([printed]);
});

test.each([
  [`matches('a', '(a')`, 'missing closing )'],
  [`matches('a', 'a(?=b)')`, 'invalid or unsupported Perl syntax'],
  [`matches('a', repeat('a', 1001))`, 'at most 1000 characters'],
  [`matches('a', 'a{1000}{1000}')`, 'is no pattern'],
  [`matches(repeat('a', 16000000), '(a+)+b')`, 'is too long for this pattern'],
  [`matches(repeat('a', 100000), '((a|b){0,30}){0,30}[cd]')`, 'is too long for this pattern'],
  [`replacepattern('a', 'a', '\\1')`, 'the pattern has no group 1'],
  [`replacepattern('a', 'a', '\\n')`, '\\n stands for nothing'],
  [`replacepattern(repeat('a', 100000), 'a', repeat('x', 1000))`, 'larger than the limit'],
  [`filter(['a'], "matches", '(')`, 'missing closing )'],
])('%s fails', async (expression, message) => {
  const { outcome } = await run(`$x = ${expression}`);
  expect(outcome).toMatchObject({ kind: 'failed' });
  expect(outcome.diagnostics[0]?.message).toContain(message);
});

test('a failed pattern is an error that ON ERROR handles', async () => {
  const { host } = await run(`TRY\n$x = matches('a', '(')\nON ERROR $e\nWRITE $e.code\nEND`);
  expect(host.lines).toEqual(['-1']);
});

test('a search of many finds ends when the run is interrupted', async () => {
  const interruption = new AbortController();
  const running = run(`$x = matchall(repeat('a', 100000), 'a.*z|a')`, {
    clock: new SystemClock(),
    signal: interruption.signal,
  });
  setImmediate(() => interruption.abort());
  expect((await running).outcome).toMatchObject({ kind: 'interrupted' });
});

describe('the check of a file', () => {
  test('lets a function of the script be given what is no pattern', () => {
    const text = new SourceText('a.dtcl', `FUNCTION match($a, $b)\nRETURN $b\nEND\nWRITE match('a', '(')`);
    expect(checkScript(text, { patternProblemOf: patternProblem }).diagnostics).toEqual([]);
  });

  test('finds a pattern that is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'understudy-patterns-'));
    try {
      const file = join(folder, 'a.dtcl');
      writeFileSync(file, `WRITE matches('a', 'a(b')\nWRITE matches('a', 'a')`);
      const { script, diagnostics } = await readScript(file);
      expect(script).toBeUndefined();
      expect(diagnostics).toMatchObject([{ code: 'U0318', span: { line: 1 } }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

import { expect, it } from 'vitest';
import type { JavaScriptEnd } from '../../src/ports/javascript.ts';
import { MemoryJavaScript } from '../../src/simulator/memory/memory-javascript.ts';
import {
  brokenScript,
  busyScript,
  describeJavaScript,
  endlessScript,
  scriptRequest,
  throwingScript,
} from './javascript-conformance.ts';

const onPaper = new MemoryJavaScript();
const failed = (message: string): JavaScriptEnd => ({ outcome: 'failed', problem: { message, line: 2, column: 1 } });
onPaper.scripts.set(busyScript, async ({ log, run, values: [word = null] }) => {
  log(`given ${word}`);
  try {
    return { outcome: 'finished', result: [word, (await run?.('/count', [String(word)])) ?? null] };
  } catch (thrown) {
    return failed(thrown instanceof Error ? thrown.message : '');
  }
});
onPaper.scripts.set(throwingScript, async () => failed('no disk'));
onPaper.scripts.set(endlessScript, () => new Promise(() => undefined));
onPaper.problems.set(brokenScript, { message: "Unexpected token ';'", line: 2, column: 9 });

describeJavaScript('on paper', onPaper);

it('remembers scripts on paper in the order in which they were started, and can refuse them', async () => {
  const javascript = new MemoryJavaScript();
  await javascript.start(scriptRequest('one'));
  await javascript.start(scriptRequest('two'));
  expect(javascript.started.map((one) => one.task.body)).toEqual(['one', 'two']);
  javascript.unavailable = true;
  await expect(javascript.start(scriptRequest('three'))).rejects.toMatchObject({ code: 'SANDBOX-UNAVAILABLE' });
});

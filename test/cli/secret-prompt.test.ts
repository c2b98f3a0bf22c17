// A secret is typed where nobody sees it.
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { promptSecret } from '../../src/cli/prompt/secret-prompt.ts';

class Keyboard extends PassThrough {
  raw: boolean[] = [];

  setRawMode(raw: boolean): void {
    this.raw.push(raw);
  }
}

function ask(...keys: readonly (string | Buffer)[]): { answer: Promise<string>; shown: () => string; input: Keyboard } {
  const input = new Keyboard();
  const output = new PassThrough();
  const answer = promptSecret('password: ', { input, output });
  for (const key of keys) input.write(key);
  return { answer, shown: () => String(output.read()), input };
}

it('shows the question, not the answer, and leaves the terminal as it was', async () => {
  const { answer, shown, input } = ask('hun', 'x\u007fter', Buffer.from([0xe2]), Buffer.from([0x82, 0xac]), '2\r');
  expect(await answer).toBe('hunter€2');
  expect(shown()).toBe('password: \n');
  expect(input.raw).toEqual([true, false]);
});

it('is given up with Ctrl-C', async () => {
  const { answer, input } = ask('hun\u0003');
  await expect(answer).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(input.raw).toEqual([true, false]);
});

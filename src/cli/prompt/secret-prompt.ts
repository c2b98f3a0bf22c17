// Asks for a secret on a terminal without showing what is typed. Enter ends the secret, Ctrl-C gives up, backspace
// deletes.
import { StringDecoder } from 'node:string_decoder';
import { Failure } from '../../base/failure.ts';

export interface SecretTerminal {
  readonly input: NodeJS.ReadableStream & { setRawMode(raw: boolean): unknown };
  readonly output: NodeJS.WritableStream;
}

/** Rejects with INTERRUPTED when the person gives up, or the terminal goes away. */
export function promptSecret(question: string, { input, output }: SecretTerminal): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    let typed: string[] = [];
    const finish = (settle: () => void): void => {
      input.off('data', onData);
      input.off('end', giveUp);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      settle();
    };
    const giveUp = (): void => {
      const reason = 'nothing was typed to the end';
      finish(() =>
        reject(new Failure({ code: 'INTERRUPTED', operation: 'ask for a secret', subject: question.trim(), reason })),
      );
    };
    const onData = (chunk: Buffer): void => {
      for (const character of decoder.write(chunk)) {
        if (character === '\r' || character === '\n') {
          finish(() => resolve(typed.join('')));
          return;
        }
        if (character === '\u0003' || character === '\u0004') {
          giveUp();
          return;
        }
        if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1);
        else typed.push(character);
      }
    };
    output.write(question);
    input.setRawMode(true);
    input.on('data', onData);
    input.on('end', giveUp);
    input.resume();
  });
}

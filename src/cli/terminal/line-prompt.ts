// Asks for a line on a terminal. The terminal stays as it is, so its own keys correct the line, and Ctrl-C interrupts.
// It hands over one line at a time; what is typed ahead stays for the next question.

export interface LineTerminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** The line without its end; undefined when the program is interrupted, or no line comes any more. */
export function promptLine(
  question: string,
  { input, output }: LineTerminal,
  interruption: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const finish = (line: string | undefined): void => {
      input.off('data', onData);
      input.off('end', giveUp);
      interruption.removeEventListener('abort', giveUp);
      input.pause();
      if (line === undefined) output.write('\n');
      resolve(line);
    };
    const giveUp = (): void => finish(undefined);
    const onData = (chunk: Buffer): void => finish(chunk.toString('utf8').replace(/\r?\n$/, ''));
    output.write(question);
    if (interruption.aborted) {
      giveUp();
      return;
    }
    interruption.addEventListener('abort', giveUp);
    input.on('data', onData);
    input.on('end', giveUp);
    input.resume();
  });
}

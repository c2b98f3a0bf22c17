// Colours at the prompt: that of the prompt itself, and of messages. There are none when the output is no terminal, when
// NO_COLOR is set, or TERM is dumb; FORCE_COLOR turns them on. Node.js knows these rules (tty, getColorDepth).
import { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { Meaning } from '../../runtime/text/live-text.ts';

type Style = 'red' | 'yellow' | 'cyan' | 'green' | 'bold' | 'dim';

/** Which of the two outputs are terminals. */
export interface ColouredOutputs {
  readonly prompt: boolean;
  readonly messages: boolean;
}

const styles: Readonly<Record<Meaning, Style | undefined>> = {
  plain: undefined,
  heading: 'bold',
  good: 'green',
  warning: 'yellow',
  bad: 'red',
  beside: 'dim',
};

export class Colours {
  readonly #areOn: ColouredOutputs;

  constructor({ prompt, messages }: ColouredOutputs, environment: Readonly<Record<string, string | undefined>>) {
    // One bit means no colours; a terminal with colours has at least four.
    const areWanted = WriteStream.prototype.getColorDepth({ ...environment }) > 1;
    const areForced = environment.FORCE_COLOR !== undefined;
    this.#areOn = { prompt: areWanted && (prompt || areForced), messages: areWanted && (messages || areForced) };
  }

  prompt(text: string): string {
    return this.#areOn.prompt ? styled(/^\.+ $/.test(text) ? 'dim' : 'green', text) : text;
  }

  question(text: string): string {
    return this.#areOn.prompt ? styled('bold', text) : text;
  }

  /** A part of a live screen. */
  meaning(meaning: Meaning, text: string): string {
    const style = styles[meaning];
    return style === undefined || !this.#areOn.prompt ? text : styled(style, text);
  }

  /** One line of a message: its first word says what it is. */
  message(line: string): string {
    if (!this.#areOn.messages) return line;
    const [, head, rest = ''] = /^((?:error|warning|note)(?:\[\w+\])?:)(.*)$/s.exec(line) ?? [];
    if (head !== undefined) return styled(styleOf(head), head) + rest;
    const [, gutter, mark] = /^( *(?:\d+ )? *\| *)(\^+.*)$/.exec(line) ?? [];
    if (gutter !== undefined && mark !== undefined) return gutter + styled('red', mark);
    const [, before, hint] = /^( +(?:= fix:|next:))(.*)$/.exec(line) ?? [];
    return before !== undefined && hint !== undefined ? styled('cyan', before) + hint : line;
  }
}

function styled(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}

function styleOf(head: string): Style {
  if (head.startsWith('error')) return 'red';
  return head.startsWith('warning') ? 'yellow' : 'cyan';
}

// Prints a plan: as text for people, with the parts that a run may leave out, or that run later, indented below their
// titles; or as JSON with one object per line: {"type":"step"|"note"|"write"|"part"|"repeated"|"finding"|"diagnostic"|"end", …}. In
// JSON a part has its items as `items`.
import type { Diagnostic } from '../../base/diagnostic.ts';
import { renderDiagnostic } from '../../language/reading/render-diagnostics.ts';
import type { SourceText } from '../../language/tree/source-text.ts';
import { type PlanItem, type PlanStep, stepsOf } from '../../runtime/plan/plan-tree.ts';
import type { CommandLine } from '../command-line.ts';

const shownPerLineMax = 10;
const placeWidth = 10;
const indentWidth = 2;

export class PlanPrinter {
  readonly #json: boolean;
  readonly #source: SourceText;
  readonly #commandLine: CommandLine;
  /** How often each line was reached. */
  readonly #counts = new Map<string, number>();
  #steps = 0;

  constructor(format: 'text' | 'json', source: SourceText, commandLine: CommandLine) {
    this.#json = format === 'json';
    this.#source = source;
    this.#commandLine = commandLine;
  }

  items(all: readonly PlanItem[]): void {
    this.#steps = stepsOf(all).length;
    for (const item of this.#shown(all)) {
      if (this.#json) this.#object(item);
      else this.#text(item, 0);
    }
  }

  /** Without the steps of a line that has come too often, and the lines that they print. */
  #shown(items: readonly PlanItem[]): readonly PlanItem[] {
    let isShown = true;
    return items.flatMap((item): PlanItem[] => {
      if (item.type === 'part') {
        const inner = this.#shown(item.items);
        return inner.length === 0 ? [] : [{ ...item, items: inner }];
      }
      if (item.type !== 'write') isShown = this.#count(`${item.file}:${item.line}`) <= shownPerLineMax;
      return isShown ? [item] : [];
    });
  }

  #count(place: string): number {
    const count = (this.#counts.get(place) ?? 0) + 1;
    this.#counts.set(place, count);
    return count;
  }

  #text(item: PlanItem, depth: number): void {
    const indent = ' '.repeat(depth * indentWidth);
    const line = (place: string, text: string): void =>
      this.#commandLine.out(`${place.padEnd(placeWidth)}${indent}${text}`.trimEnd());
    switch (item.type) {
      case 'write':
        line('prints', item.text);
        break;
      case 'note':
        line(this.#place(item), item.text);
        break;
      case 'part':
        line(this.#place(item), `${item.title}:`);
        for (const inner of item.items) this.#text(inner, depth + 1);
        break;
      case 'step':
        line(this.#place(item), item.command);
        for (const detail of detailsOf(item)) line('', detail);
        break;
    }
  }

  #place({ file, line }: { readonly file: string; readonly line: number }): string {
    return file === this.#source.file ? `line ${line}` : `${file}:${line} `;
  }

  /** What the servers said, when they were asked. */
  findings(lines: readonly string[]): void {
    for (const text of lines) {
      if (this.#json) this.#object({ type: 'finding', text });
      else this.#commandLine.out(`asked     ${text}`);
    }
  }

  diagnostic(diagnostic: Diagnostic): void {
    if (this.#json) this.#object({ type: 'diagnostic', ...diagnostic });
    else for (const line of renderDiagnostic(diagnostic, this.#source).split('\n')) this.#commandLine.note(line);
  }

  end(exitCode: number): number {
    for (const [place, count] of this.#counts) {
      if (count <= shownPerLineMax) continue;
      if (this.#json) this.#object({ type: 'repeated', place, count });
      else this.#commandLine.out(`${place} comes ${count} times; ${shownPerLineMax} of them are shown`);
    }
    const commands = this.#steps === 1 ? '1 command' : `${this.#steps} commands`;
    if (this.#json) this.#object({ type: 'end', exitCode, commands: this.#steps });
    else this.#commandLine.out(`${commands} planned, nothing was changed`);
    return exitCode;
  }

  #object(content: object): void {
    this.#commandLine.out(JSON.stringify({ version: 1, ...content }));
  }
}

function detailsOf(step: PlanStep): readonly string[] {
  const gives = step.gives === '' ? [] : [`gives ${step.gives}`];
  return [`${touchedText(step)}: ${step.effect}`, ...gives, ...step.remarks];
}

function touchedText({ changes, asks }: PlanStep): string {
  const parts = [
    ...(changes.length === 0 ? [] : [`changes ${changes.join(', ')}`]),
    ...(asks.length === 0 ? [] : [`asks ${asks.join(', ')}`]),
  ];
  return parts.length === 0 ? 'changes nothing' : parts.join(', ');
}

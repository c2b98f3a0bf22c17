// What a plan found, as a tree: the commands and waits in the order of the script, with the parts that a run may leave
// out, or that run later and elsewhere, one level deeper.

/** One command. */
export interface PlanStep {
  readonly type: 'step';
  readonly file: string;
  readonly line: number;
  /** The command as a script would write it, with the options that the script left out. */
  readonly command: string;
  /** What the command does, in the words of HELP. */
  readonly effect: string;
  /** Names of servers, `the home folder`, `this machine`, or `the file PATH`. */
  readonly changes: readonly string[];
  readonly asks: readonly string[];
  /** The calls that change a server, such as `alpha jobs.connect`. */
  readonly calls: readonly string[];
  /** What its value is, in words; empty for none. */
  readonly gives: string;
  /** What the plan assumes, and what only the run can tell. */
  readonly remarks: readonly string[];
}

/** A line of its own: a wait, or how a way through the script ends. */
export interface PlanNote {
  readonly type: 'note';
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** A line that the script itself prints. */
export interface PlannedOutput {
  readonly type: 'write';
  readonly text: string;
}

export interface PlanPart {
  readonly type: 'part';
  readonly file: string;
  readonly line: number;
  /** `if $free < 1 GB`, `whenever link.lost happens`, `on beta, when the stream reaches ONEXECUTE of stamp`. */
  readonly title: string;
  readonly items: readonly PlanItem[];
}

export type PlanItem = PlanStep | PlanNote | PlannedOutput | PlanPart;

interface OpenPart extends PlanPart {
  readonly items: PlanItem[];
}

export class PlanTree {
  readonly #root: PlanItem[] = [];
  readonly #open: OpenPart[] = [];

  get items(): readonly PlanItem[] {
    return this.#root;
  }

  add(item: PlanItem): void {
    this.#inner().push(item);
  }

  open(place: { readonly file: string; readonly line: number }, title: string): void {
    this.#open.push({ type: 'part', file: place.file, line: place.line, title, items: [] });
  }

  /** A part in which nothing happens is left out. */
  close(): void {
    const part = this.#open.pop();
    if (part !== undefined && part.items.length > 0) this.add(part);
  }

  /** How much there is now of the innermost open part. */
  get length(): number {
    return this.#inner().length;
  }

  cut(length: number): void {
    this.#inner().length = length;
  }

  #inner(): PlanItem[] {
    return this.#open.at(-1)?.items ?? this.#root;
  }
}

/** All steps of a tree, in their order. */
export function stepsOf(items: readonly PlanItem[]): readonly PlanStep[] {
  return items.flatMap((item) => {
    if (item.type === 'step') return [item];
    return item.type === 'part' ? stepsOf(item.items) : [];
  });
}

// The buttons "Run" and "Plan" above a script. The server carries nothing out: the editor gets the name of a command,
// which the editor's own part starts in a terminal (editors/vscode/extension.cjs). So an editor that does not say that
// it has these commands gets no buttons.
import type { Analysis } from '../analysis.ts';

export interface Lens {
  readonly title: string;
  readonly command: string;
  /** Where the first statement begins. */
  readonly offset: number;
}

export const lensCommands = ['understudy.run', 'understudy.plan'] as const;

/** None for a text without a statement, and for one that is in no file yet. */
export function lenses({ reading, source }: Analysis): readonly Lens[] {
  const first = reading.tokens.find((one) => one.kind !== 'terminator');
  if (first === undefined || !source.file.startsWith('file:')) return [];
  const [run, plan] = lensCommands;
  return [
    { title: 'Run', command: run, offset: first.start },
    { title: 'Plan', command: plan, offset: first.start },
  ];
}

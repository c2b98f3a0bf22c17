// What HELP says of one statement.
import { type StatementWord, statementWords } from '../statement-words.ts';

export function statementNamed(name: string): StatementWord | undefined {
  return statementWords.find(({ word }) => word === name);
}

export function statementLines({ syntax, summary, remark, example }: StatementWord): readonly string[] {
  return [
    syntax,
    '',
    `  ${summary}`,
    `  ${remark}`,
    '',
    ...example.split('\n').map((line) => `  ${line}`),
    '',
    '  See also: HELP statements',
  ];
}

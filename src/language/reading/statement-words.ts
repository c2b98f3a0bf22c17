// The statements that are not commands, as help in editors shows them. The grammar is in grammar/grammar.md.

export interface StatementWord {
  readonly word: string;
  readonly syntax: string;
  readonly summary: string;
}

export const statementWords: readonly StatementWord[] = [
  { word: 'BREAK', syntax: 'BREAK', summary: 'Leaves the innermost loop.' },
  { word: 'CONTINUE', syntax: 'CONTINUE', summary: 'Goes on with the next round of the innermost loop.' },
  { word: 'ELSE', syntax: 'ELSE [IF condition THEN]', summary: 'What to do when no condition before was true.' },
  { word: 'END', syntax: 'END', summary: 'Closes the block.' },
  {
    word: 'EVERY',
    syntax: 'EVERY duration DO … END',
    summary: 'Repeats a block at every interval from now on, until BREAK.',
  },
  { word: 'EXIT', syntax: 'EXIT [code]', summary: 'Ends the script with an exit code, 0 when none is given.' },
  { word: 'FAIL', syntax: 'FAIL message', summary: 'Raises an error; TRY … ON ERROR catches it.' },
  { word: 'FINALLY', syntax: 'FINALLY', summary: 'What to do at the end of a TRY, whatever happened.' },
  {
    word: 'FOR',
    syntax: 'FOR $i = first TO last [STEP step] DO … END, or FOR EACH $item IN list DO … END',
    summary: 'Counts, or goes through a list.',
  },
  {
    word: 'FUNCTION',
    syntax: 'FUNCTION name($a, $b = default) … RETURN value … END',
    summary: 'Defines a function; it has variables of its own.',
  },
  {
    word: 'IF',
    syntax: 'IF condition THEN … [ELSE IF condition THEN …] [ELSE …] END',
    summary: 'Does what stands behind the first condition that is true.',
  },
  {
    word: 'INCLUDE',
    syntax: 'INCLUDE "file"',
    summary: "Means the statements of another file; its functions and variables are this script's.",
  },
  {
    word: 'ON',
    syntax: 'ON event [FROM connection or server] DO … END',
    summary: 'Runs a block for each event of that name; $event says more of it.',
  },
  { word: 'ON ERROR', syntax: 'ON ERROR [$error]', summary: 'What to do when something in the TRY before failed.' },
  {
    word: 'PARAM',
    syntax: 'PARAM $name [AS type] [= default] ["help"]',
    summary: 'Takes a value from the command line: --name VALUE.',
  },
  {
    word: 'PARALLEL',
    syntax: 'PARALLEL DO … END',
    summary: 'Begins all its commands at once, and ends when all have ended.',
  },
  { word: 'RETURN', syntax: 'RETURN [value]', summary: 'Ends a function, with a value.' },
  {
    word: 'TASK',
    syntax: 'TASK name($a, $b = default) IN JAVASCRIPT """ … """',
    summary: 'Defines a task in JavaScript, called like a function or queued into the stream.',
  },
  {
    word: 'TRY',
    syntax: 'TRY … [ON ERROR $error …] [FINALLY …] END',
    summary: 'Goes on with ON ERROR when something fails, and always through FINALLY.',
  },
  {
    word: 'WAIT',
    syntax: 'WAIT duration, or WAIT UNTIL condition [EVERY duration] [TIMEOUT duration]',
    summary: 'Waits for a time, or until a condition is true.',
  },
  { word: 'WHILE', syntax: 'WHILE condition DO … END', summary: 'Repeats a block as long as a condition is true.' },
  { word: 'WRITE', syntax: 'WRITE value, …', summary: 'Prints values, one behind the other.' },
];

// The statements that are not commands, as HELP and help in editors show them. The grammar is in grammar/grammar.md.
// A test checks every example, and runs it.

export interface StatementWord {
  readonly word: string;
  readonly syntax: string;
  /** One sentence: what it does. */
  readonly summary: string;
  /** One more sentence: what a person has to know before using it. */
  readonly remark: string;
  readonly example: string;
}

const loop = 'for $i = 1 to 10 do\n  if $i = 3 then continue end\n  if $i = 5 then break end\n  write $i\nend';
const branches =
  '$left = 5\nif $left = 0 then\n  write "done"\nelse if $left < 10 then\n  write "almost"\nelse\n  write "busy"\nend';
const cases =
  '$answer = "yes"\nswitch $answer do\nwhen "yes", "y", 1 then\n  write "go on"\nwhen "no" then\n  write "stop"\nelse\n  write "what?"\nend';
const chosen = `${branches}\nwrite (if $left = 1 then "one file" else "$left files")`;
const attempt = 'try\n  ping beta\non error $e\n  write "no answer: ${e.message}"\nfinally\n  write "looked"\nend';

export const statementWords: readonly StatementWord[] = [
  {
    word: 'BREAK',
    syntax: 'BREAK',
    summary: 'Leaves the innermost loop.',
    remark: 'The script goes on behind the END of that loop.',
    example: loop,
  },
  {
    word: 'CONTINUE',
    syntax: 'CONTINUE',
    summary: 'Goes on with the next round of the innermost loop.',
    remark: 'What stands behind it in the loop is left out for this round.',
    example: loop,
  },
  {
    word: 'ELSE',
    syntax: 'ELSE [IF condition THEN]',
    summary: 'What to do when no condition before was true.',
    remark: 'ELSE IF on one line continues the IF and shares its END.',
    example: branches,
  },
  {
    word: 'END',
    syntax: 'END',
    summary: 'Closes the block.',
    remark: 'IF, WHILE, FOR, EVERY, ON, TRY, FUNCTION, PARALLEL and every DO need one.',
    example: 'if true then\n  write "inside"\nend',
  },
  {
    word: 'EVERY',
    syntax: 'EVERY duration DO … END',
    summary: 'Repeats a block at every interval from now on, until BREAK.',
    remark: 'The first round begins at once; a round that takes too long leaves out those it covers.',
    example: '$looks = 0\nevery 15m do\n  $looks = $looks + 1\n  if $looks = 3 then break end\nend',
  },
  {
    word: 'EXIT',
    syntax: 'EXIT [code]',
    summary: 'Ends the script with an exit code, 0 when none is given.',
    remark: 'The code is a number from 0 to 255; at the prompt EXIT ends the session.',
    example: 'exit 3',
  },
  {
    word: 'FAIL',
    syntax: 'FAIL message',
    summary: 'Raises an error; TRY … ON ERROR catches it.',
    remark: 'An error that nothing catches ends the script with exit code 1.',
    example: 'try\n  fail "the disk is not there"\non error $e\n  write $e.message\nend',
  },
  {
    word: 'FINALLY',
    syntax: 'FINALLY',
    summary: 'What to do at the end of a TRY, whatever happened.',
    remark: 'It runs after an error, and after Ctrl-C too.',
    example: attempt,
  },
  {
    word: 'FOR',
    syntax: 'FOR $i = first TO last [STEP step] DO … END, or FOR EACH $item IN list DO … END',
    summary: 'Counts, or goes through a list.',
    remark: 'The bounds are read once, before the first round; there may be no round at all.',
    example: 'for $i = 10 to 1 step -3 do write $i end\nfor each $server in ["beta", "gamma"] do\n  ping $server\nend',
  },
  {
    word: 'FUNCTION',
    syntax: 'FUNCTION name($a, $b = default) … RETURN value … END',
    summary: 'Defines a function; it has variables of its own.',
    remark:
      'It stands at the top of a script, outside of every block; it is called for its value, or alone for what it does.',
    example:
      'function twice($n, $times = 2)\n  return $n * $times\nend\nfunction greet($who)\n  write "hello $who"\nend\nwrite twice(21)\ngreet("beta")',
  },
  {
    word: 'IF',
    syntax: 'IF condition THEN … [ELSE IF condition THEN …] [ELSE …] END',
    summary: 'Does what stands behind the first condition that is true.',
    remark: 'AND, OR and NOT join conditions. In brackets IF is a value: (IF $n = 1 THEN "file" ELSE "files").',
    example: chosen,
  },
  {
    word: 'INCLUDE',
    syntax: 'INCLUDE "file"',
    summary: "Means the statements of another file; its functions and variables are this script's.",
    remark: 'The name counts from the folder of the file that includes; a file is included once.',
    example: 'include "common.dtcl"',
  },
  {
    word: 'ON',
    syntax: 'ON event [FROM connection or server] DO … END',
    summary: 'Runs a block for each event of that name; $event says more of it.',
    remark:
      'The block runs while the script waits or between two statements, never in the middle of a command; HELP event names lists them.',
    example: 'on mirror.completed do\n  write $event.message\nend\nwait 10 minutes',
  },
  {
    word: 'ON ERROR',
    syntax: 'ON ERROR [$error]',
    summary: 'What to do when something in the TRY before failed.',
    remark: 'The variable has message, code, name, hint and line of the error.',
    example: attempt,
  },
  {
    word: 'PARAM',
    syntax: 'PARAM $name [AS type] [= default] ["help"]',
    summary: 'Takes a value from the command line: --name VALUE.',
    remark: 'Without a default the value must be given; it stands at the top of a script.',
    example: 'param $target as string = "beta" "where the copy lives"\nwrite $target',
  },
  {
    word: 'PARALLEL',
    syntax: 'PARALLEL DO … END',
    summary: 'Begins all its branches at once, and ends when all have ended.',
    remark: 'A branch is a command, the call of a function, IF, SWITCH or TRY; of a FOR, each round is one.',
    example: 'parallel do\n  ping alpha\n  for each $name in ["beta", "gamma"] do ping $name end\nend',
  },
  {
    word: 'RETURN',
    syntax: 'RETURN [value]',
    summary: 'Ends a function, with a value.',
    remark: 'Without a value, and at the END of the function, the value is NONE.',
    example: 'function larger($a, $b)\n  if $a > $b then return $a end\n  return $b\nend\nwrite larger(3, 4)',
  },
  {
    word: 'SWITCH',
    syntax: 'SWITCH value DO WHEN value, … THEN … [ELSE …] END',
    summary: 'Does what stands behind the first WHEN that has the value.',
    remark: 'Each WHEN begins a line, and may have several values; one of another type is another value.',
    example: cases,
  },
  {
    word: 'TASK',
    syntax: 'TASK name($a, $b = default) IN JAVASCRIPT """ … """',
    summary: 'Defines a task in JavaScript, called like a function or queued into the stream.',
    remark: 'It reads no files and reaches no network; HELP QUEUETASK says how it travels with the data.',
    example:
      'task announce($what) in javascript """\n  log(what);\n  return what.length;\n"""\n$length = announce("the day is closed")',
  },
  {
    word: 'TRY',
    syntax: 'TRY … [ON ERROR $error …] [FINALLY …] END',
    summary: 'Goes on with ON ERROR when something fails, and always through FINALLY.',
    remark: 'It needs at least one of the two.',
    example: attempt,
  },
  {
    word: 'WAIT',
    syntax: 'WAIT duration, or WAIT UNTIL condition [EVERY duration] [TIMEOUT duration]',
    summary: 'Waits for a time, or until a condition is true.',
    remark:
      'WAIT UNTIL looks every second unless EVERY says otherwise, and fails after TIMEOUT; a bare number is seconds.',
    example: '$begin = now()\nwait 5 seconds\nwait until now() > $begin + 1m every 10s timeout 5m',
  },
  {
    word: 'WHEN',
    syntax: 'WHEN value, … THEN …',
    summary: 'What a SWITCH does for these values.',
    remark: 'Only the first WHEN that has the value is done; it needs no BREAK.',
    example: cases,
  },
  {
    word: 'WHILE',
    syntax: 'WHILE condition DO … END',
    summary: 'Repeats a block as long as a condition is true.',
    remark: 'The condition is looked at before each round; BREAK leaves the loop early.',
    example: '$left = 3\nwhile $left > 0 do\n  write $left\n  $left = $left - 1\nend',
  },
  {
    word: 'WRITE',
    syntax: 'WRITE value, … | WRITE TABLE list [COLUMNS name, …]',
    summary: 'Prints values, one behind the other, or a list of records or handles as a table.',
    remark: 'A secret prints as •••; "…${value}…" puts a value into a text.',
    example:
      '$size = 1 GB\nwrite "at 10 MB/s it takes ", $size / 10 MB/s\nwrite "half of it is ${$size / 2}"\n$sites = [{name: "beta", free: 5 GB}, {name: "gamma", free: 12 GB}]\nwrite table $sites columns "free", "name"',
  },
];

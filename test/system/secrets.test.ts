// A secret never appears: a script that was given one tries to show it in every way there is, in a real process. Afterwards
// it is looked for in what was printed, in every file of the home (logs, events, journals of runs, what is sealed), in the
// arguments and the environment of every process, in what plan, check and fmt say, and behind a prompt.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkScript } from '../../src/language/program.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { requireProgram } from '../support/packages.ts';
import { TerminalWindow } from '../support/terminal-window.ts';

const program = join(import.meta.dirname, '../../bin/understudy.js');
/** Of this run alone: another one on this machine may be typing its own at a prompt while this one looks at all processes. */
const password = `hunter2-Zq7${randomBytes(4).toString('hex')}`;
/** Also as others would have it who do not mean to hide it. */
const traces = [password, password.toUpperCase(), password.toLowerCase(), Buffer.from(password).toString('base64')];

let folder: string;
let home: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-secrets-'));
  home = join(folder, 'home');
  writeFileSync(join(folder, 'password'), `${password}\n`, { mode: 0o600 });
});

afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Ways to show $s, whose type the checker cannot know, because a function gave it. */
const attempts: readonly string[] = [
  ...['$s', '"it is $s"', '"it is ${s}"', '[$s]', '[[$s], {a: [$s]}]', '{password: $s}', '"$l"', '"${l[0]}"', '$r.a'],
  ...['"x" + $s', '$s + "x"', '$l + $l', '$s + 1', '$s * 2', '-$s', '$s % 2', 'not $s', '$s and true'],
].map((expression) => `write ${expression}`);
const calls = [
  ...[
    'length($s)',
    'upper($s)',
    'lower($s)',
    'trim($s)',
    'contains($s, "h")',
    'contains("h", $s)',
    'contains($l, "h")',
  ],
  ...['startswith($s, "h")', 'endswith("h", $s)', 'replace($s, "h", "x")', 'replace("h", "h", $s)', 'split($s, "")'],
  ...['join($l, ",")', 'join(["a", "b"], $s)', 'round($s)', 'abs($s)', 'min($l + ["a"])', 'max($s, $s)', 'number($s)'],
  ...['text($s)', 'text($l)', 'type($s)', 'secret($s)', '[secret("a" + text($l))]', 'seconds($s)', 'show($s)'],
].map((call) => `write ${call}`);
const comparisons = [
  ...['$s = "x"', '$s <> $s', '$s < "x"', '"x" >= $s', '$l = $l', '$r = {a: 1}', '$s = 5', '$s = none'],
].map((condition) => `if ${condition} then write "told" end`);
const statements = [
  'fail $s',
  'fail "it is $s"',
  'fail "it is " + text($l)',
  'exit $s',
  'wait $s',
  'wait until $s timeout 1s',
  'while $s do\n    break\n  end',
  'for $i = 1 to $s do\n  end',
  'for each $i in $s do\n  end',
  'for each $i in $l do\n    write $i\n    write "$i"\n  end',
  'write $s.text',
  'write $l[$s]',
  'write $r.${s}',
  'write {a: 1}.b',
];
const commands = [
  'ping $s',
  'source $s',
  'repset create $s',
  'repset rule add $s',
  'connect $s to beta map exact',
  'connect sales to $s map $s to $s',
  'snapshot take $s',
  'status con $s',
  'disconnect $s',
  'dns update $s to $s',
  'dns update "a.example" to "10.0.0.2" ttl $s',
  'dns server add "127.0.0.1:53" zone $s',
  'queuetask $s to beta onexecute = "/bin/echo" $s',
  'queuetask t to beta onexecute = "/bin/echo" $s on 1',
  'queuetask t to beta onexecute = $s on 1',
  'queuetask t to beta onexecute = snapshot $s on 1',
  'monitor create $s',
  'login alpha $s $s',
  'login alpha nobody $s',
  'events last $s',
  'schedule leak cron "0 2 * * *" do\n    login alpha nobody $s\n  end',
  'schedule $s cron $s do\n    write 1\n  end',
  'on mirror.completed from $s do\n  end',
  'account add leak password $s',
  'credential set leak secret $s',
  'credential set $s secret $s',
];

/** Tasks in JavaScript are given it, and would answer with it, or fail with it. */
const tasks = [
  ...['write peek($s)', 'write peek($l)', 'write peek($r)', 'write peek([[$s]])', 'write peek("it is $s")'],
  ...['write peek(1, $s)', '$x = peek($s)\n  write $x', 'blame($s)', 'write blame($l)', 'write blame("${s}")'],
];
const defined = [
  'task peek($v, $w = 1) in javascript """return [v, w, JSON.stringify(v)];"""',
  'task blame($v) in javascript """throw new Error(String(v) + JSON.stringify(v));"""',
];

/** Of the attempts, those that check, each in a TRY that tells everything of its failure. */
function script(): string {
  const head = [
    'param $pw as secret "the password"',
    ...defined,
    'function hide($x)\n  return $x\nend',
    'function show($x)\n  write $x\n  return "$x"\nend',
    '$s = hide($pw)\n$l = [$s]\n$r = {a: $s}',
    'source alpha\ntarget beta\nrepset create sales',
  ].join('\n');
  const tried = [...attempts, ...calls, ...comparisons, ...statements, ...tasks, ...commands].flatMap((one) => {
    const text = `try\n  ${one}\non error $e\n  write $e\n  write $e.message, $e.hint, "$e"\nend`;
    return checkScript(new SourceText('secrets.dtcl', `${head}\n${text}\n`)).script === undefined ? [] : [text];
  });
  // What the checker refuses is refused before anything runs; most of it must get past the checker to try anything.
  expect(tried.length).toBeGreaterThan(70);
  return [head, ...tried, 'fail "in the end it is $s"', ''].join('\n');
}

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** Runs the command, looking at all processes meanwhile. */
function understudy(words: readonly string[], input = ''): Promise<Ended> {
  const started = spawn(process.execPath, [program, ...words], {
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') },
  });
  child = started;
  started.stdin.end(input);
  let text = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  }
  const seen: string[] = [];
  const watch = setInterval(() => seen.push(...processesThatTell()), 200);
  return new Promise((resolve, reject) => {
    started.on('close', (code) => {
      clearInterval(watch);
      if (seen.length > 0) reject(new Error(`a process tells: ${seen.join(', ')}`));
      else resolve({ code, text });
    });
  });
}

/** What ps shows, and environments. */
function processesThatTell(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => [`/proc/${id}/cmdline`, `/proc/${id}/environ`])
    .filter((file) => {
      try {
        return tells(readFileSync(file, 'latin1'));
      } catch {
        // It ended, or is not ours to look at.
        return false;
      }
    });
}

const tells = (text: string): boolean => traces.some((trace) => text.includes(trace));

function filesThatTell(): string[] {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' }).map((name) => join(home, name));
  const files = names.filter((name) => tells(name) || statSync(name).isFile());
  return files.filter((name) => tells(name) || tells(readFileSync(name, 'latin1')));
}

it('a script that tries to show its secret in every way does not', async () => {
  const file = join(folder, 'secrets.dtcl');
  const secretFile = ['--pw-file', join(folder, 'password')];
  writeFileSync(file, script());
  for (const words of [[], ['--json']]) {
    const { code, text } = await understudy(['run', file, '--home', home, ...secretFile, ...words]);
    expect(text).toContain('in the end it is •••');
    expect({ code, tells: tells(text) }).toEqual({ code: 1, tells: false });
  }
  expect(filesThatTell()).toEqual([]);

  const list = JSON.parse((await understudy(['runs', 'list', '--home', home, '--json'])).text) as {
    runs: readonly { runId: string; state: string }[];
  };
  expect(list.runs.map((one) => one.state)).toEqual(['failed', 'failed']);
  const shown = await understudy(['runs', 'show', list.runs[0]?.runId ?? '', '--home', home]);
  expect(shown.text).toContain('LOGIN alpha nobody •••');
  for (const words of [
    ['plan', file, '--home', home, ...secretFile],
    ['check', file],
    ['fmt', file],
    ['fmt', '--check', file],
  ]) {
    const ended = await understudy(words);
    expect(tells(ended.text)).toBe(false);
    expect(ended.text).not.toMatch(/^\s+at /m);
  }
});

it('a secret on the command line is refused', async () => {
  const file = join(folder, 'login.dtcl');
  writeFileSync(file, 'param $pw as secret\nlogin alpha root $pw\n');
  const { code, text } = await understudy(['run', file, '--home', home, '--pw', 'seen']);
  expect(code).toBe(2);
  expect(text).toContain('write --pw-file FILE');
});

it('a secret that stands in the script is masked where a message quotes its line', async () => {
  const file = join(folder, 'literal.dtcl');
  const lines = [
    `$s = secret("${password}") + lenght(1)`,
    `login alpha root "${password}" "x"`,
    `logon alpha root ${password} x`,
    `account add root password = "${password}" cno`,
    `param $p as secret = "${password}" as`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  for (const format of ['text', 'json']) {
    const { code, text } = await understudy(['check', file, '--format', format]);
    expect({ code, tells: tells(text) }).toEqual({ code: 3, tells: false });
  }
  const { code, text } = await understudy(['fmt', file]);
  expect({ code, tells: tells(text) }).toEqual({ code: 3, tells: false });
});

it.runIf(requireProgram('tmux'))('the history of a prompt does not hold it', async () => {
  const window = TerminalWindow.open(process.execPath, program, 'repl', '--home', home);
  await window.shows(/^Command:$/m);
  window.enter(`$s = secret("${password}")`);
  window.enter(`login alpha nobody "${password}"`);
  window.enter(`logn alpha nobody ${password}`);
  window.enter('write "it is $s"');
  window.enter('if true then');
  window.enter(`  account add leak password "${password}"`);
  window.enter('end');
  window.enter('write "the last"');
  await window.shows(/^ {2}the last$/m);
  window.press('C-d');
  await window.ended();
  expect(readFileSync(join(home, 'history'), 'utf8')).toContain('write "the last"');
  expect(filesThatTell()).toEqual([]);
});

it('nothing is logged at the level debug, which would have to be looked at too', () => {
  const sources = join(import.meta.dirname, '../../src');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const writers = files.filter((name) => /\.write\(\s*'debug'/.test(readFileSync(join(sources, name), 'utf8')));
  expect(files.length).toBeGreaterThan(100);
  expect(writers).toEqual([]);
});

it('a prompt does not tell either', async () => {
  const head = [
    'function hide($x)',
    'return $x',
    'end',
    `$s = secret("${password}")`,
    '$s = hide($s)',
    '$l = [$s]',
    '$r = {a: $s}',
  ];
  const typed = [
    ...head,
    ...attempts,
    ...comparisons,
    'login alpha nobody $s',
    'fail "it is $s"',
    `login alpha nobody "${password}" x`,
    'quit',
    '',
  ];
  const { text } = await understudy(['repl', '--home', home], typed.join('\n'));
  expect(text).toContain('•••');
  expect(tells(text)).toBe(false);
  expect(filesThatTell()).toEqual([]);
});

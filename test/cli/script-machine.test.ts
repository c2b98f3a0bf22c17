// What scripts reach of the machine on which they run, through `understudy run` and `plan` with real files: only what
// the flags allow, and nothing runs when the text names something else.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

let folder: string;
let commandLine: RecordedCommandLine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-script-machine-'));
  commandLine = new RecordedCommandLine();
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs, or plans, a text in which FOLDER stands for the folder of the test. */
function does(verb: 'run' | 'plan', text: string, ...words: readonly string[]): Promise<number> {
  const file = join(folder, 'script.dtcl');
  writeFileSync(file, text.replaceAll('FOLDER', folder));
  const given = words.map((word) => word.replaceAll('FOLDER', folder));
  return runProgram([verb, file, '--home', join(folder, 'home'), ...given], commandLine);
}

function said(): string {
  return [...commandLine.output, ...commandLine.notes].join('\n').replaceAll(folder, 'FOLDER');
}

function journals(): string {
  const runs = join(folder, 'home', 'runs');
  const names = readdirSync(runs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
  return names.map((name) => readFileSync(join(runs, name), 'utf8')).join('');
}

describe('READ FILE', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'open', 'inner'), { recursive: true });
    mkdirSync(join(folder, 'opener'));
    writeFileSync(join(folder, 'open', 'limits'), 'ninety\npercent\n');
    writeFileSync(join(folder, 'open', 'inner', 'deep'), 'deep');
    writeFileSync(join(folder, 'opener', 'near'), 'near');
    writeFileSync(join(folder, 'closed'), 'closed');
  });

  it('answers the text of a file below an allowed folder', async () => {
    const text =
      '$text = read file "FOLDER/open/limits"\nwrite slice($text, 0, 6), read_again()\nfunction read_again()\n  $deep = read file "FOLDER/open/inner/deep"\n  return $deep\nend';
    expect(await does('run', text, '--allow-read', 'FOLDER/open'), said()).toBe(0);
    expect(commandLine.output).toEqual(['ninetydeep']);
  });

  it('keeps what it read out of the journal', async () => {
    await does('run', '$text = read file "FOLDER/open/limits"\nwrite length($text)', '--allow-read', 'FOLDER/open');
    expect(journals()).toContain('a text of 15 characters');
    expect(journals()).not.toContain('ninety');
  });

  it.each([
    ['without a flag', '"FOLDER/open/limits"', []],
    ['beside the folder', '"FOLDER/closed"', ['--allow-read', 'FOLDER/open']],
    ['in a folder whose name begins alike', '"FOLDER/opener/near"', ['--allow-read', 'FOLDER/open']],
    ['out of the folder with dots', '"FOLDER/open/../closed"', ['--allow-read', 'FOLDER/open']],
    ['the folder itself', '"FOLDER/open"', ['--allow-read', 'FOLDER/open']],
  ])('refuses before anything runs, %s', async (_, path, words) => {
    for (const verb of ['run', 'plan'] as const) {
      expect(await does(verb, `write "begun"\n$text = read file ${path}`, ...words)).toBe(3);
    }
    expect(said()).toContain('U0417');
    expect(said()).toContain('--allow-read');
    expect(said()).not.toContain('begun');
  });

  it('leaves to a block and its functions what the server allows, and refuses it for the script itself', async () => {
    const named = 'function named($x = 1)\n  $t = read file "FOLDER/closed"\n  return $t\nend\n';
    const inBlock = `${named}source alpha\nschedule nightly cron "0 2 * * *" do\n  write named()\nend`;
    expect(await does('run', inBlock), said()).toBe(0);
    expect(await does('run', `${named}write map(["a"], "named")`)).toBe(3);
    expect(said().match(/U0417/g)).toHaveLength(1);
    expect(await does('run', `${named}function outer()\n  return named()\nend\nwrite outer()`)).toBe(3);
  });

  it('refuses at the statement what the script puts together', async () => {
    const text = 'write "begun"\n$name = "closed"\n$text = read file "FOLDER/${name}"';
    expect(await does('run', text, '--allow-read', 'FOLDER/open')).toBe(1);
    expect(said()).toContain('begun');
    expect(said()).toContain('cannot read the file: FOLDER/closed: no --allow-read names a folder above it');
  });

  it.each([
    ['a link out of the folder', () => symlinkSync(join(folder, 'closed'), join(folder, 'open', 'x'))],
    ['a link within the folder', () => symlinkSync('limits', join(folder, 'open', 'x'))],
    ['a pipe', () => execFileSync('mkfifo', [join(folder, 'open', 'x')])],
    ['a folder', () => mkdirSync(join(folder, 'open', 'x'))],
  ])('never opens %s', async (_, make) => {
    make();
    expect(await does('run', '$text = read file "FOLDER/open/x"', '--allow-read', 'FOLDER/open')).toBe(1);
    expect(said()).toMatch(
      /cannot read the file: FOLDER\/open\/x: (below an allowed folder no symbolic link|it is no regular)/,
    );
  });

  it('never goes through a linked folder below the allowed one', async () => {
    symlinkSync(join(folder, 'opener'), join(folder, 'open', 'x'));
    expect(await does('run', '$text = read file "FOLDER/open/x/near"', '--allow-read', 'FOLDER/open')).toBe(1);
    expect(said()).toContain('no symbolic link is followed');
  });

  it('says of bytes that are no text, of a file that is too long, and of none', async () => {
    writeFileSync(join(folder, 'open', 'bytes'), Uint8Array.of(0x61, 0xff, 0x62));
    writeFileSync(join(folder, 'open', 'long'), Buffer.alloc(16 * 1024 * 1024 + 1, 97));
    for (const name of ['bytes', 'long', 'none'])
      expect(await does('run', `$text = read file "FOLDER/open/${name}"`, '--allow-read', 'FOLDER/open')).toBe(1);
    expect(said()).toContain('FOLDER/open/bytes: it is no text in UTF-8');
    expect(said()).toContain('FOLDER/open/long: it has more than the 16 MiB that fit');
    expect(said()).toContain('FOLDER/open/none: no such file or directory');
  });

  it('counts what it read in the budget of memory', async () => {
    writeFileSync(join(folder, 'open', 'long'), Buffer.alloc(16 * 1024 * 1024, 97));
    const text = '$kept = []\nfor $i = 1 to 40 do\n  $text = read file "FOLDER/open/long"\n  $kept += [$text]\nend';
    expect(await does('run', text, '--allow-read', 'FOLDER/open', '--max-memory', '200MB')).toBe(4);
    expect(said()).toContain('U0805');
  });

  it('is told by a plan, which reads nothing', async () => {
    const text = '$text = read file "FOLDER/open/none"\nif length($text) > 5 then write "long" end';
    expect(await does('plan', text, '--allow-read', 'FOLDER/open'), said()).toBe(0);
    expect(said()).toContain('asks the file FOLDER/open/none');
    expect(said()).toContain('is allowed');
    expect(said()).toContain('long');
  });

  it('is told by a plan in a block, where the server decides', async () => {
    const text = 'source alpha\nschedule nightly cron "0 2 * * *" do\n  $t = read file "FOLDER/closed"\nend';
    expect(await does('plan', text), said()).toBe(0);
    expect(said()).toContain('no --allow-read names a folder above it');
  });
});

describe('ENVIRONMENT', () => {
  beforeEach(() => vi.stubEnv('UNDERSTUDY_REGION', 'south-seven'));
  afterEach(() => vi.unstubAllEnvs());

  it('gives the value of an allowed variable, and keeps it out of the journal', async () => {
    const text =
      '$region = environment UNDERSTUDY_REGION\nwrite length($region)\n$level = environment UNDERSTUDY_LEVEL default 5\nwrite $level';
    const words = ['--allow-env', 'UNDERSTUDY_REGION', '--allow-env', 'UNDERSTUDY_LEVEL'];
    expect(await does('run', text, ...words), said()).toBe(0);
    expect(commandLine.output).toEqual(['11', '5']);
    expect(journals()).toContain('ENVIRONMENT UNDERSTUDY_REGION');
    expect(journals()).not.toContain('south-seven');
    expect(await does('run', text, '--json', ...words)).toBe(0);
    expect(said()).not.toContain('south-seven');
  });

  it('gives a secret that shows nowhere', async () => {
    const text = '$region = environment UNDERSTUDY_REGION secret\nwrite $region, "${region}"\nrepset create $region';
    await does('run', text, '--allow-env', 'UNDERSTUDY_REGION');
    expect(said()).not.toContain('south-seven');
    expect(journals()).not.toContain('south-seven');
    expect(commandLine.output).toEqual(['••••••']);
  });

  it.each([
    ['without a flag', []],
    ['when another one is named', ['--allow-env', 'UNDERSTUDY_REG', '--allow-env', 'UNDERSTUDY_REGION_TWO']],
    ['in other letters', ['--allow-env', 'understudy_region']],
  ])('refuses before anything runs, %s', async (_, words) => {
    for (const verb of ['run', 'plan'] as const)
      expect(await does(verb, 'write "begun"\n$r = environment UNDERSTUDY_REGION default "x"', ...words)).toBe(3);
    expect(said()).not.toContain('begun');
    expect(said()).toContain('ENVIRONMENT may not reach UNDERSTUDY_REGION: no --allow-env names it');
  });

  it('refuses at the statement what the script puts together', async () => {
    expect(await does('run', '$name = "UNDERSTUDY_REGION"\n$r = environment $name')).toBe(1);
    expect(said()).toContain('UNDERSTUDY_REGION: no --allow-env names it');
  });

  it('says what is missing', async () => {
    expect(await does('run', '$r = environment UNDERSTUDY_NONE', '--allow-env', 'UNDERSTUDY_NONE')).toBe(1);
    expect(said()).toContain('there is none of this name');
    expect(await does('run', '$r = environment toString', '--allow-env', 'toString')).toBe(1);
  });

  it('is told by a plan, which reads nothing', async () => {
    const text = '$r = environment UNDERSTUDY_REGION\nif $r = "south-seven" then write "there" end';
    expect(await does('plan', text, '--allow-env', 'UNDERSTUDY_REGION')).toBe(0);
    expect(said()).toContain('asks the variable UNDERSTUDY_REGION of the environment');
    expect(said()).not.toMatch(/^prints +south/m);
    expect(said()).toContain('there');
  });
});

describe('RUN PROGRAM', () => {
  const allowed = ['--allow-program', 'FOLDER/say'];

  /** Makes a program of the test. */
  function program(text: string, name = 'say'): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  it('answers what the program says, apart, with its exit code', async () => {
    program('printf "%s|" "$@"; cat; echo oh >&2; exit 3');
    const text =
      '$r = run program "FOLDER/say" "two words" -h 5 "`id`" input "given\n"\nwrite $r.exitcode, $r.output, $r.error, $r.cut, $r.code'.replace(
        'given\n',
        'given',
      );
    expect(await does('run', text, ...allowed), said()).toBe(0);
    expect(commandLine.output.join('\n')).toBe('3two words|-h|5|`id`|givenoh\n0 B1');
    expect(journals()).toContain('RUN PROGRAM');
  });

  it('standing alone prints what the program says, and fails with it', async () => {
    program('echo fine; echo worse >&2; exit $1');
    expect(await does('run', 'run program "FOLDER/say" 0', ...allowed), said()).toBe(0);
    expect(commandLine.output).toEqual(['fine', 'worse']);
    expect(
      await does(
        'run',
        'try\n  run program "FOLDER/say" 7\non error $e\n  write $e.name\n  fail $e.message\nend',
        ...allowed,
      ),
    ).toBe(1);
    expect(commandLine.output.slice(2)).toEqual(['fine', 'worse', 'PROGRAM-FAILED']);
    expect(said()).toContain('cannot run the program: FOLDER/say: exit code 7: worse');
  });

  it('gives the program none of its environment', async () => {
    vi.stubEnv('UNDERSTUDY_TOKEN', 'hush');
    program('env');
    expect(await does('run', '$r = run program "FOLDER/say"\nwrite $r.output', ...allowed)).toBe(0);
    vi.unstubAllEnvs();
    const names = commandLine.output.join('\n').match(/^\w+(?==)/gm) ?? [];
    expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort()).toEqual([
      'HOME',
      'LANG',
      'PATH',
      'UNDERSTUDY_TASK_ID',
      'USER',
    ]);
  });

  it.each([
    ['without a flag', '"FOLDER/say"', []],
    ['whose name begins alike', '"FOLDER/sayx"', allowed],
    ['behind a link to an allowed one', '"FOLDER/link"', allowed],
    ['by a way around', '"FOLDER/./say"', allowed],
    ['in an allowed folder', '"FOLDER/say"', ['--allow-program', 'FOLDER']],
  ])('refuses a program before anything runs, %s', async (_, path, words) => {
    program('touch "$0.ran"');
    program('touch "$0.ran"', 'sayx');
    symlinkSync(join(folder, 'say'), join(folder, 'link'));
    for (const verb of ['run', 'plan'] as const)
      expect(await does(verb, `write "begun"\nrun program ${path}`, ...words)).toBe(3);
    expect(said()).not.toContain('begun');
    expect(said()).toContain('no --allow-program names it');
    expect(await does('run', `$path = ${path}\nrun program $path`, ...words)).toBe(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.ran'))).toEqual([]);
  });

  it('shows no secret among its words or in its input', async () => {
    program('test "$1" = hush-word && test "$(cat)" = hush-input');
    const text = '$a = secret("hush-word")\n$b = secret("hush-input")\nrun program "FOLDER/say" $a input $b';
    expect(await does('run', text, ...allowed), said()).toBe(0);
    expect(await does('plan', text, ...allowed), said()).toBe(0);
    expect(said()).toContain('•••');
    for (const shown of [said(), journals()]) expect(shown).not.toContain('hush-');
  });

  it('ends the program and what it started when its time has passed', async () => {
    program('(sleep 1000 & echo $! > "$0.child"; wait) & echo $$ > "$0.own"; setsid sleep 1000');
    expect(await does('run', 'run program "FOLDER/say" timeout 1 second', ...allowed)).toBe(1);
    expect(said()).toContain('it was ended after its timeout of 1 s');
    for (const name of ['say.own', 'say.child'])
      await expect.poll(() => isRunning(Number(readFileSync(join(folder, name), 'utf8')))).toBe(false);
  });

  it('ends the program when the script is interrupted', async () => {
    program('echo $$ > "$0.own.tmp"; mv "$0.own.tmp" "$0.own"; exec sleep 1000');
    const running = does('run', '$r = run program "FOLDER/say"', ...allowed);
    await expect.poll(() => existsSync(join(folder, 'say.own'))).toBe(true);
    commandLine.interrupt();
    expect(await running).toBe(5);
    await expect.poll(() => isRunning(Number(readFileSync(join(folder, 'say.own'), 'utf8')))).toBe(false);
  });

  it('says how much it did not keep', async () => {
    program('head -c 1000010 /dev/zero | tr "\\0" a; head -c 1000001 /dev/zero | tr "\\0" b >&2');
    const text = '$r = run program "FOLDER/say"\nwrite length($r.output), " ", length($r.error), " ", $r.cut = 11B';
    expect(await does('run', text, ...allowed), said()).toBe(0);
    expect(said()).toContain('warning: FOLDER/say wrote 11 bytes more than are kept');
    expect(said()).toContain('1000000 1000000 true');
  });

  it('fails when a signal ended the program, or there is none', async () => {
    program('kill -TERM $$');
    expect(await does('run', '$r = run program "FOLDER/say"', ...allowed)).toBe(1);
    expect(said()).toContain('it was ended by SIGTERM');
    expect(await does('run', '$r = run program "FOLDER/none"', '--allow-program', 'FOLDER/none')).toBe(1);
    expect(said()).toContain('FOLDER/none: no such file');
  });

  it('is told by a plan, which runs nothing and knows no answer', async () => {
    program('touch "$0.ran"');
    const text =
      '$r = run program "FOLDER/say" "now"\nif $r.exitcode = 0 then\n  write "good"\nelse\n  write "bad"\nend';
    expect(await does('plan', text, ...allowed), said()).toBe(0);
    expect(said()).toContain('changes this machine, by FOLDER/say');
    expect(said()).toContain('is allowed');
    expect(said()).toContain('good');
    expect(said()).toContain('bad');
    expect(readdirSync(folder)).not.toContain('say.ran');
  });
});

/** Whether it is there and has not ended; a process whose parent has not asked for its end yet counts as ended. */
function isRunning(processId: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${processId}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

it('DNS LOOKUP is told by a plan, which asks nobody', async () => {
  const text =
    '$a = dns lookup "shop.example"\n$b = dns lookup 10.0.0.2 type ptr at "10.0.0.53:5353"\nif $a = [] then write "none" end';
  expect(await does('plan', text), said()).toBe(0);
  expect(said()).toContain('asks the name servers of this machine');
  expect(said()).toContain('asks the name server 10.0.0.53:5353');
  expect(said()).toContain('none');
});

// The prompt in a real terminal, typed at as a person would.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireProgram } from '../support/packages.ts';
import { TerminalWindow } from '../support/terminal-window.ts';

const program = join(import.meta.dirname, '../../bin/understudy.js');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-prompt-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** `environment` as words for env(1); what the tests themselves were told of colours does not count. */
const prompt = (...environment: readonly string[]): TerminalWindow =>
  TerminalWindow.open(
    ...['env', '-u', 'FORCE_COLOR', '-u', 'NO_COLOR', ...environment],
    ...[process.execPath, program, 'repl', '--home', join(folder, 'home')],
  );

describe.runIf(requireProgram('tmux'))('the prompt in a terminal', () => {
  it('completes the name of a live connection', async () => {
    mkdirSync(join(folder, 'source'));
    writeFileSync(join(folder, 'source', 'a'), 'first');
    const window = prompt();
    await window.shows(/^Command:$/m);
    window.enter('source alpha');
    await window.shows(/There is no server "alpha" in this home yet\. Make it\? \[y\/N\]$/m);
    window.enter('y');
    await window.shows(/^alpha>$/m);
    window.enter('target beta');
    await window.shows(/"beta" in this home yet\. Make it\? \[y\/N\]$/m);
    window.enter('y');
    await window.shows(/^alpha -> beta>$/m);
    window.enter('ping bteta');
    await window.shows(/no server "bteta" in this home yet\. Did you mean beta\? Make it\? \[y\/N\]$/m);
    window.press('Enter');
    await window.shows(/this home has no server of that name, and none was to be made(?:.*\n)+alpha -> beta>$/m);
    expect(existsSync(join(folder, 'home', 'servers', 'bteta'))).toBe(false);
    window.enter(`repset create orders; repset rule add "${folder}/source" include to orders; repset save`);
    window.enter(`$con = connect orders to beta map "${folder}/source" to "${folder}/replica"; wait for mirror $con`);
    window.enter('write "mirrored"');
    await window.shows(/^ {2}mirrored$/m);
    window.type('statu');
    window.press('Tab');
    await window.shows(/beta> status$/m);
    window.press('C-c');
    window.type('status con or');
    window.press('Tab');
    await window.shows(/beta> status con "orders"$/m);
    window.press('Enter');
    await window.shows(/^ {2}.*orders.*beta/m);
    window.type('$con.mirror.perc');
    window.press('Tab');
    await window.shows(/beta> \$con\.mirror\.percent$/m);
    window.press('Enter');
    await window.shows(/^ {2}100%$/m);
    window.enter('$con');
    await window.shows(/^ {2}mirror\.percent +100%$/m);
    window.type(`repset rule add "${folder}/sou`);
    window.press('Tab');
    await window.shows(/\/source\/$/m);
    window.press('C-c');
    window.press('C-d');
    expect(await window.ended()).toBe(0);
    expect(readFileSync(join(folder, 'replica', 'a'), 'utf8')).toBe('first');
  });

  it('reads a block to its END, cancels a WAIT, shows where a mistake is, and ends with QUIT', async () => {
    const window = prompt();
    await window.shows(/^Command:$/m);
    window.enter('for $i = 1 to 2 do');
    await window.shows(/^\.+$/m);
    window.enter('write "round " +');
    window.enter('$i');
    window.enter('end');
    // What is typed before the prompt is there again is shown by the terminal itself.
    await window.shows(/^\.+ \$i\n(?:end\n)?\.+ end$/m);
    await window.shows(/^ {2}round 1\n {2}round 2\nCommand:$/m);
    window.enter('write "waiting"; wait 1 hour');
    await window.shows(/^ {2}waiting$/m);
    window.press('C-c');
    await window.shows(/U0902.*\n(.*\n)*Command:$/m);
    window.enter('write "i is still $i"');
    await window.shows(/^ {2}i is still 2$/m);
    window.enter('conect sales to beta map exact');
    await window.shows(/\^{6}\n.*fix: did you mean CONNECT\?/);
    window.enter('wait 2 seconds; write "slow"');
    window.enter('write "typed ahead"');
    window.type('write "half');
    await window.shows(/ {2}slow\nCommand: write "typed ahead"\n {2}typed ahead\nCommand: write "half$/m);
    window.press('C-c');
    window.type('write "never');
    window.press('C-c');
    await window.shows(/^Command: write "never\^C\nCommand:$/m);
    window.enter('quit');
    expect(await window.ended()).toBe(0);
  });

  it('remembers what was typed in the session before, but no password', async () => {
    const first = prompt();
    await first.shows(/^Command:$/m);
    first.enter('write "remember me"');
    await first.shows(/^ {2}remember me$/m);
    first.enter('login alpha operator "hunter2"');
    await first.shows(/no server "alpha" in this home yet/);
    first.enter('y');
    await first.shows(/access level/);
    first.press('C-d');
    expect(await first.ended()).toBe(0);
    const history = join(folder, 'home', 'history');
    expect(readFileSync(history, 'utf8')).toBe('write "remember me"\n');
    expect(statSync(history).mode & 0o777).toBe(0o600);
    const second = prompt();
    await second.shows(/^Command:$/m);
    second.press('Up');
    await second.shows(/^Command: write "remember me"$/m);
  });

  it('brings a block back as one text, to be edited, and finds it with Ctrl-R', async () => {
    const first = prompt();
    await first.shows(/^Command:$/m);
    for (const line of ['for $i = 1 to 2 do', '  write "round $i"', 'end']) first.enter(line);
    await first.shows(/^ {2}round 1\n {2}round 2\nCommand:$/m);
    first.press('C-d');
    expect(await first.ended()).toBe(0);
    expect(readFileSync(join(folder, 'home', 'history'), 'utf8')).toBe(
      'for $i = 1 to 2 do\n\t  write "round $i"\n\tend\n',
    );
    const second = prompt();
    await second.shows(/^Command:$/m);
    second.enter('write "between"');
    await second.shows(/^ {2}between$/m);
    second.press('Up');
    second.press('Up');
    await second.shows(/^Command: for \$i = 1 to 2 do\n\| {3}write "round \$i"\n\| end$/m);
    second.press('Up');
    second.press('End');
    second.type(', again');
    for (let step = 0; step < 9; step++) second.press('Left');
    second.type('!');
    await second.shows(/^\| {3}write "round \$!?i/m);
    second.press('C-c');
    await second.shows(/\^C\n+Command:$/m);
    second.press('C-r');
    second.type('round');
    await second.shows(/^search "round": for \$i = 1 to 2 do ⏎ {3}write "round \$i" ⏎ end$/m);
    second.press('End');
    await second.shows(/^Command: for \$i = 1 to 2 do\n\| {3}write "round \$i"\n\| end$/m);
    second.press('Enter');
    await second.shows(/\| end\n {2}round 1\n {2}round 2\nCommand:$/m);
    second.type('unfinished');
    second.press('C-r');
    second.type('betwx');
    await second.shows(/^search "betwx" \(nothing\): *$/m);
    second.press('BSpace');
    await second.shows(/^search "betw": write "between"$/m);
    second.press('C-g');
    await second.shows(/^Command: unfinished$/m);
  });

  it('shows long help a screen at a time, with a search, and short help at once', async () => {
    const window = prompt();
    await window.shows(/^Command:$/m);
    window.enter('help len');
    await window.shows(/^ {2}length\(.*\n(.*\n)*Command:$/m);
    window.enter('help all');
    await window.shows(/^-- \d+ of \d+ lines -- Space: more/m);
    window.type('/QueueTASK');
    await window.shows(/^\/QueueTASK$/m);
    window.press('Enter');
    await window.shows(/^ +QueueTASK /m);
    window.type('q');
    await window.shows(/^Command:$/m);
    window.enter('write "still here"');
    await window.shows(/^ {2}still here$/m);
  });

  it('is coloured, but not where NO_COLOR is set or the terminal is dumb', async () => {
    const coloured = prompt();
    await coloured.shows(/^Command:$/m);
    coloured.enter('conect');
    await coloured.shows(/did you mean CONNECT/);
    expect(coloured.colouredScreen()).toContain('\u001b[31merror[U0401]:');
    for (const environment of ['NO_COLOR=1', 'TERM=dumb']) {
      const plain = prompt(environment);
      await plain.shows(/^Command:$/m);
      plain.enter('conect');
      await plain.shows(/did you mean CONNECT/);
      expect(plain.colouredScreen()).not.toContain('\u001b');
    }
  });

  it('goes on after Ctrl-Z and fg', async () => {
    const window = TerminalWindow.open('env', 'PS1=shell>', 'bash', '--norc', '-i');
    await window.shows(/^shell>$/m);
    window.enter(`"${process.execPath}" "${program}" repl --home "${join(folder, 'home')}"`);
    await window.shows(/^Command:$/m);
    window.type('write "be');
    await window.shows(/^Command: write "be$/m);
    window.press('C-z');
    await window.shows(/Stopped.*\n(.*\n)*shell>$/m);
    window.enter('fg');
    await window.shows(/^Command: write "be$/m);
    window.enter('gun"');
    await window.shows(/^ {2}begun\nCommand:$/m);
    window.press('C-d');
    await window.shows(/^shell>$/m);
    window.press('C-d');
    expect(await window.ended()).toBe(0);
  });
});

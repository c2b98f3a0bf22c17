// The prompt in a real terminal, typed at as a person would.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

const prompt = (): TerminalWindow =>
  TerminalWindow.open(process.execPath, program, 'repl', '--home', join(folder, 'home'));

describe.runIf(requireProgram('tmux'))('the prompt in a terminal', () => {
  it('completes the name of a live connection', async () => {
    mkdirSync(join(folder, 'source'));
    writeFileSync(join(folder, 'source', 'a'), 'first');
    const window = prompt();
    await window.shows(/^Command:$/m);
    window.enter('source alpha');
    await window.shows(/^alpha>$/m);
    window.enter('target beta');
    await window.shows(/^alpha -> beta>$/m);
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
});

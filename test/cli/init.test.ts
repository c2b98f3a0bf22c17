// `understudy init`: a server is set up by questions on a terminal, or by flags alone.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { initialise, startCommand } from '../../src/cli/verbs/server/init.ts';
import { requireProgram } from '../support/packages.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';
import { TerminalWindow } from '../support/terminal-window.ts';

const program = join(import.meta.dirname, '../../bin/understudy.js');
let folder: string;
let home: string;
let replicas: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-init-'));
  home = join(folder, 'home');
  replicas = join(folder, 'replicas');
  mkdirSync(replicas);
});

afterEach(() => rmSync(folder, { recursive: true }));

const written = (): unknown => JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'));
const nothingWritten = (): void => expect(existsSync(join(home, 'server.json'))).toBe(false);

describe('by flags', () => {
  const all = (): readonly string[] => [
    ...['init', '--home', home, '--name', 'beta', '--listen', '10.0.0.2:6320', '--api', '10.0.0.2:6325'],
    ...['--replicas', `${replicas}/./`, '--replicas', join(folder, 'more'), '--yes'],
  ];

  it('writes server.json for its owner alone, and says all that comes next', async () => {
    const commandLine = new RecordedCommandLine({ HOME: folder });
    expect(await runProgram(all(), commandLine)).toBe(0);
    expect(written()).toMatchObject({
      version: 1,
      name: 'beta',
      listen: '10.0.0.2:6320',
      api: '10.0.0.2:6325',
      tasks: { enabled: false, allow: [], blocks: false },
      targets: { allowedRoots: [replicas, join(folder, 'more')] },
    });
    expect(statSync(join(home, 'server.json')).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(commandLine.output.join('\n').replaceAll(folder, '/srv')).toMatchInlineSnapshot(`
      "The server beta is set up in /srv/home/server.json. It runs no tasks until that file says so (docs/configuration.md).

      1. Make the folders for replicas:
           mkdir -p /srv/more
      2. Let other servers through the firewall; with nft, or with ufw:
           nft insert rule inet filter input tcp dport '{ 6320, 6325 }' accept
           ufw allow proto tcp from any to any port 6320,6325
      3. Start it:
           understudy serve --home /srv/home
      4. Pair it with another server. Here, for a one-time code:
           understudy pair --home /srv/home
         and there, with the code that this prints (and --home DIR, where its home is not the default one):
           understudy pair 10.0.0.2:6320 --code CODE"
    `);
    expect(commandLine.notes).toEqual([]);
  });

  it('names the unit of the packages for a home that it serves', () => {
    expect(startCommand('/var/lib/understudy/beta', 'beta', ' --home /var/lib/understudy/beta')).toBe(
      'systemctl enable --now understudy@beta',
    );
    expect(startCommand('/var/lib/understudy/other', 'beta', ' --home /var/lib/understudy/other')).toBe(
      'understudy serve --home /var/lib/understudy/other',
    );
  });

  it('never goes over a configuration that is there', async () => {
    mkdirSync(home);
    writeFileSync(join(home, 'server.json'), 'as it was');
    const commandLine = new RecordedCommandLine({ HOME: folder });
    expect(await runProgram(all(), commandLine)).toBe(1);
    expect(readFileSync(join(home, 'server.json'), 'utf8')).toBe('as it was');
    expect(commandLine.notes.join('\n')).toContain('it is set up already');
    expect(commandLine.notes[1]).toMatch(/^ {2}next: /);
  });

  it.each([
    [[], /--name NAME and --listen HOST:PORT/],
    [['--name', 'beta'], /init needs --listen HOST:PORT/],
    [['--name', 'be ta', '--listen', 'h:1'], /--name be ta: a server name has/],
    [['--name', 'b', '--listen', 'h'], /--listen h: an address is HOST:PORT/],
    [['--name', 'b', '--listen', 'h:0'], /--listen h:0: other servers must know the port/],
    [['--name', 'b', '--listen', 'h:5', '--api', 'h:5'], /--api h:5: links are accepted there/],
    [['--name', 'b', '--listen', 'h:5', '--replicas', 'here'], /--replicas here: it must be an absolute path/],
    [['--name', 'b', '--listen', 'h:5', '--replicas', '/srv/..'], /--replicas \/srv\/\.\.: it contains \.\./],
    [['--name', 'b', '--listen', 'h:5', '--replicas', '//.'], /--replicas \/\/\.: .* whole machine/],
  ])('says what is missing or wrong with %j', async (words, message) => {
    for (const yes of [[], ['--yes']]) {
      const commandLine = new RecordedCommandLine({ HOME: folder });
      expect(await runProgram(['init', '--home', home, ...words, ...yes], commandLine)).toBe(2);
      expect(commandLine.notes.join('\n')).toMatch(message);
      expect(commandLine.output).toEqual([]);
    }
    nothingWritten();
  });

  it('takes no folder for replicas that holds the home, or lies in it', async () => {
    for (const one of [folder, join(home, 'replicas')]) {
      const commandLine = new RecordedCommandLine({ HOME: folder });
      const words = ['init', '--home', home, '--name', 'b', '--listen', 'h:5', '--replicas', one];
      expect(await runProgram(words, commandLine)).toBe(2);
      expect(commandLine.notes[0]).toContain(`the home folder ${home} and this one lie in each other`);
    }
    nothingWritten();
  });
});

describe('by questions', () => {
  const machine = { hostName: 'beta.example.org', address: '10.0.0.2' };
  const request = (): Parameters<typeof initialise>[0] => ({ home, replicas: [], yes: false });

  it('offers what is likely, asks again after a wrong answer, and shows what it will write', async () => {
    const commandLine = new RecordedCommandLine({ HOME: folder });
    commandLine.answers = ['', 'nowhere', '', 'none', 'here', replicas, '', 'y'];
    expect(await initialise(request(), machine, commandLine)).toBe(0);
    expect(written()).toMatchObject({
      name: 'beta',
      listen: '10.0.0.2:6320',
      api: null,
      targets: { allowedRoots: [replicas] },
    });
    expect(commandLine.notes.join('\n').replaceAll(folder, '/srv')).toMatchInlineSnapshot(`
      "This sets up the server of this home. Enter takes what stands in brackets, Ctrl-C leaves everything as it is.
      Name of this server [beta]: 
      Address for links of other servers [10.0.0.2:6320]: nowhere
        an address is HOST:PORT, with a port from 0 to 65535
      Address for links of other servers [10.0.0.2:6320]: 
      Address of the API for scripts of paired servers, or none [10.0.0.2:6325]: none
      Folder for replicas of other servers [none]: here
        it must be an absolute path, such as /srv/replicas
      Folder for replicas of other servers [none]: /srv/replicas
      One more folder [none]: 
        name              beta
        links             10.0.0.2:6320
        API               on the socket of the home alone
        replicas          below /srv/replicas
        tasks             off
      Write it? [Y/n] y"
    `);
  });

  it('asks only for what no flag has said', async () => {
    const commandLine = new RecordedCommandLine({ HOME: folder });
    commandLine.answers = ['gamma', ''];
    const given = { ...request(), listen: '127.0.0.1:7000', api: 'none', replicas: [replicas] };
    expect(await initialise(given, machine, commandLine)).toBe(0);
    expect(written()).toMatchObject({ name: 'gamma', listen: '127.0.0.1:7000', api: null });
    expect(commandLine.output.join('\n')).toContain('Only this machine can reach it');
  });

  it('writes nothing when the last answer is no, or nothing more is answered', async () => {
    const declined = new RecordedCommandLine({ HOME: folder });
    declined.answers = ['', '', '', '', 'n'];
    expect(await initialise(request(), machine, declined)).toBe(5);
    const gone = new RecordedCommandLine({ HOME: folder });
    gone.answers = ['beta', ''];
    expect(await initialise(request(), machine, gone)).toBe(5);
    nothingWritten();
  });

  it('goes on from the name in a key that is there', async () => {
    const commandLine = new RecordedCommandLine({ HOME: folder });
    const words = ['init', '--home', home, '--name', 'beta', '--listen', '127.0.0.1:7000'];
    mkdirSync(join(home, 'keys'), { recursive: true });
    writeFileSync(join(home, 'keys', 'server.pem'), 'damaged');
    chmodSync(join(home, 'keys', 'server.pem'), 0o600);
    expect(await runProgram(words, commandLine)).toBe(1);
    expect(commandLine.notes[0]).toContain("cannot read this server's key");
    nothingWritten();
  });

  it.runIf(requireProgram('tmux'))('does so on a terminal, and Ctrl-C leaves everything as it was', async () => {
    const words = ['env', 'HOME=/', process.execPath, program, 'init', '--home', home];
    const first = TerminalWindow.open(...words);
    await first.shows(/^Name of this server.*: *$/m);
    first.press('C-c');
    expect(await first.ended()).toBe(5);
    nothingWritten();
    const second = TerminalWindow.open(...words);
    await second.shows(/^Name of this server.*: *$/m);
    second.enter('beta');
    await second.shows(/^Address for links.*: *$/m);
    second.enter('127.0.0.1:6320');
    await second.shows(/^Address of the API.*: *$/m);
    second.enter('none');
    await second.shows(/^Folder for replicas.*: *$/m);
    second.enter('');
    await second.shows(/^Write it\? \[Y\/n\] *$/m);
    second.enter('');
    expect(await second.ended()).toBe(0);
    expect(written()).toMatchObject({ name: 'beta', listen: '127.0.0.1:6320', targets: { allowedRoots: [] } });
  });
});

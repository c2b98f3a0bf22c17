// A real BIND 9 for one test file: foreground, loopback, a port of its own, everything in a temporary folder.
//
// Updates are allowed, for A and PTR records, to the owner of one key; a second key is known to the server and allowed
// nothing. `stop` ends the server and removes its folder; should the test process end without it, the server ends too.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BindKey {
  readonly name: string;
  readonly algorithm: 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';
  /** Base64. */
  readonly secret: string;
}

export interface BindServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** May update A and PTR records of every zone. */
  readonly key: BindKey;
  /** Known to the server and allowed nothing. */
  readonly idleKey: BindKey;
  /** The first key as BIND writes it, `key "…" { algorithm …; secret "…"; };`, for `dig -k` and `DNS SERVER ADD`. */
  readonly keyFile: string;
  stop(): Promise<void>;
}

export interface BindOptions {
  readonly zones?: readonly string[];
  readonly algorithm?: BindKey['algorithm'];
}

const attemptsMax = 5;
const startTimeoutMs = 120_000;

/** Resolves when the server answers; rejects with what it wrote when it does not start. */
export async function startBind(options: BindOptions = {}): Promise<BindServer> {
  for (let attempt = 1; ; attempt += 1) {
    const started = await tryStart(await freePort(), options);
    if (started !== 'port taken') return started;
    if (attempt === attemptsMax) throw new Error(`no free port for named in ${attemptsMax} attempts`);
  }
}

async function tryStart(
  port: number,
  { zones = ['example.test', 'example', '0.0.10.in-addr.arpa'], algorithm = 'hmac-sha256' }: BindOptions,
): Promise<BindServer | 'port taken'> {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-bind-'));
  const key = { name: 'understudy-key', algorithm, secret: randomBytes(32).toString('base64') };
  const idleKey = { name: 'idle-key', algorithm, secret: randomBytes(32).toString('base64') };
  const keyFile = join(folder, 'understudy.key');
  writeFileSync(keyFile, keyStatement(key), { mode: 0o600 });
  const configuration = join(folder, 'named.conf');
  writeFileSync(configuration, configurationText(folder, port, zones, keyFile, idleKey));
  mkdirSync(join(folder, 'zones'));
  for (const zone of zones) writeFileSync(join(folder, 'zones', zone), zoneText(zone));

  const named = spawn('named', ['-g', '-4', '-n', '1', '-c', configuration, '-p', String(port)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const endWithTest = (): void => void named.kill('SIGKILL');
  process.once('exit', endWithTest);
  const stop = async (): Promise<void> => {
    await end(named);
    process.off('exit', endWithTest);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const outcome = await untilRunning(named);
    if (outcome === 'port taken') {
      await stop();
      return 'port taken';
    }
    return { host: '127.0.0.1', port, key, idleKey, keyFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function untilRunning(named: ChildProcess): Promise<'running' | 'port taken'> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => finish(() => reject(new Error(`named did not start:\n${output}`))), startTimeoutMs);
    const finish = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
    };
    named.stderr?.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      if (/address in use/.test(output)) finish(() => resolve('port taken'));
      else if (/ running\n/.test(output)) finish(() => resolve('running'));
    });
    named.on('error', (error) => finish(() => reject(error)));
    named.on('exit', () => finish(() => reject(new Error(`named ended:\n${output}`))));
  });
}

async function end(named: ChildProcess): Promise<void> {
  if (named.pid === undefined || named.exitCode !== null || named.signalCode !== null) return;
  const ended = new Promise((resolve) => named.once('exit', resolve));
  named.kill('SIGTERM');
  const timer = setTimeout(() => named.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}

/** A port that is free for TCP and for UDP. */
async function freePort(): Promise<number> {
  const tcp = createServer();
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const address = tcp.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const udp = createSocket('udp4');
  const free = await new Promise<boolean>((resolve) => {
    udp.once('error', () => resolve(false));
    udp.bind(port, '127.0.0.1', () => resolve(true));
  });
  udp.close();
  await new Promise((resolve) => tcp.close(resolve));
  return free ? port : freePort();
}

function keyStatement({ name, algorithm, secret }: BindKey): string {
  return `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };\n`;
}

function configurationText(
  folder: string,
  port: number,
  zones: readonly string[],
  keyFile: string,
  idleKey: BindKey,
): string {
  const zoneStatements = zones.map(
    (zone) => `zone "${zone}" {
  type primary;
  file "${join(folder, 'zones', zone)}";
  update-policy { grant understudy-key zonesub A PTR; };
};`,
  );
  return `include "${keyFile}";
${keyStatement(idleKey)}
options {
  directory "${folder}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none;
  lock-file none;
  session-keyfile "${join(folder, 'session.key')}";
  recursion no;
  dnssec-validation no;
  notify no;
};
controls { };
${zoneStatements.join('\n')}
`;
}

function zoneText(zone: string): string {
  return `$TTL 3600
@ IN SOA ns.${zone}. admin.${zone}. 1 3600 600 86400 60
@ IN NS ns.${zone}.
ns IN A 127.0.0.1
`;
}

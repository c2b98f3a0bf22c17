// A real etcd for one test file: loopback, ports of its own, everything in a temporary folder. `stop` ends it and removes the folder;
// should the test process end without it, etcd ends too.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface EtcdServer {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** etcdctl with these words; returns what it printed. */
  control(...words: readonly string[]): string;
  /** It answers nobody until `wake`. */
  sleep(): void;
  wake(): void;
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;

/** Resolves when etcd answers; rejects with what it wrote when it does not start. */
export async function startEtcd(): Promise<EtcdServer> {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-etcd-'));
  const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`);
  const words = ['--data-dir', folder, '--listen-client-urls', `${client}`, '--advertise-client-urls', `${client}`];
  const peers = ['--listen-peer-urls', `${peer}`, '--initial-advertise-peer-urls', `${peer}`];
  const cluster = ['--initial-cluster', `default=${peer}`, '--heartbeat-interval', '50', '--election-timeout', '500'];
  const etcd = spawn('etcd', [...words, ...peers, ...cluster], { stdio: ['ignore', 'ignore', 'pipe'] });
  let written = '';
  etcd.stderr.setEncoding('utf8').on('data', (text: string) => {
    written = `${written}${text}`.slice(-20_000);
  });
  const endWithTest = (): void => void etcd.kill('SIGKILL');
  process.once('exit', endWithTest);
  const stop = async (): Promise<void> => {
    await end(etcd);
    process.off('exit', endWithTest);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswers(`${client}`, etcd);
  } catch (thrown) {
    await stop();
    throw new Error(`${thrown instanceof Error ? thrown.message : thrown}: ${written}`);
  }
  return {
    endpoint: `${client}`,
    control: (...given) =>
      execFileSync('etcdctl', ['--endpoints', `${client}`, ...given], {
        encoding: 'utf8',
        env: { ...process.env, ETCDCTL_API: '3' },
      }),
    sleep: () => void etcd.kill('SIGSTOP'),
    wake: () => void etcd.kill('SIGCONT'),
    stop,
  };
}

async function untilAnswers(endpoint: string, etcd: ChildProcess): Promise<void> {
  const giveUpMs = performance.now() + startTimeoutMs;
  while (performance.now() < giveUpMs && etcd.exitCode === null) {
    const answer = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok === true && (await answer.text()).includes('true')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('etcd did not start');
}

async function end(etcd: ChildProcess): Promise<void> {
  if (etcd.exitCode !== null || etcd.signalCode !== null) return;
  const ended = new Promise((resolve) => etcd.once('exit', resolve));
  etcd.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

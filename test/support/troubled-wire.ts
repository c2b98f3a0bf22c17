// A wire between two real servers that can be troubled: it passes on TCP connections, byte for byte, and on demand cuts
// them, resets them, holds bytes back or swallows those of one direction, as networks do.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type WireTrouble = 'cut' | 'reset' | 'delay' | 'swallow what the source says' | 'swallow what the target says';

type Direction = 'toTarget' | 'toSource';

interface Passing {
  readonly source: Socket;
  readonly target: Socket;
}

export class TroubledWire {
  readonly #server: Server;
  readonly #connections = new Set<Passing>();
  /** A connection is deaf for good in a direction: a TCP stream with bytes missing cannot be healed. */
  readonly #swallowed = new Map<Passing, Set<Direction>>();
  #delayMs = 0;
  /** How often each trouble hit a connection that was there. */
  readonly suffered = new Map<WireTrouble, number>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target HOST:PORT, asked for each connection. */
  static async open(target: () => string): Promise<TroubledWire> {
    const server = createServer((socket) => wire.#accept(socket, target()));
    const wire = new TroubledWire(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the wire is closed');
    return `127.0.0.1:${address.port}`;
  }

  /** Troubles every connection that is there, and gives how many there were. */
  trouble(kind: WireTrouble): number {
    const connections = [...this.#connections];
    if (connections.length > 0) this.suffered.set(kind, (this.suffered.get(kind) ?? 0) + 1);
    if (kind === 'delay') this.#delayMs = 150;
    for (const passing of connections) {
      if (kind === 'swallow what the source says') this.#swallowed.get(passing)?.add('toTarget');
      else if (kind === 'swallow what the target says') this.#swallowed.get(passing)?.add('toSource');
      else if (kind !== 'delay') {
        const end = (socket: Socket): unknown => (kind === 'reset' ? socket.resetAndDestroy() : socket.destroy());
        end(passing.source);
        end(passing.target);
      }
    }
    return connections.length;
  }

  /** New connections are good again, and nothing is held back. */
  calm(): void {
    this.#delayMs = 0;
  }

  async close(): Promise<void> {
    for (const { source, target } of this.#connections) {
      source.destroy();
      target.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(source: Socket, address: string): void {
    const [host, port] = address.split(':');
    const target = connect(Number(port), host);
    const passing = { source, target };
    this.#connections.add(passing);
    this.#swallowed.set(passing, new Set());
    const over = (): void => {
      source.destroy();
      target.destroy();
      this.#connections.delete(passing);
      this.#swallowed.delete(passing);
    };
    for (const socket of [source, target]) {
      socket.on('close', over);
      // What happened to a connection is in what the servers say of it.
      socket.on('error', () => undefined);
    }
    this.#pass(passing, source, target, 'toTarget');
    this.#pass(passing, target, source, 'toSource');
  }

  #pass(passing: Passing, from: Socket, to: Socket, direction: Direction): void {
    let last = Promise.resolve();
    from.on('data', (bytes) => {
      const delayMs = this.#delayMs;
      last = last.then(async () => {
        if (delayMs > 0) await sleep(delayMs);
        if (this.#swallowed.get(passing)?.has(direction) === false) to.write(bytes);
      });
    });
    from.on('end', () => void last.then(() => to.end()));
  }
}

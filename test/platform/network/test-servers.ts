// Servers for the tests of real links: a home in a temporary folder, an identity, and whom they trust.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../src/base/waiting/clock.ts';
import type { PeerRole } from '../../../src/model/peer-role.ts';
import { type Identity, loadOrCreateIdentity } from '../../../src/platform/identity/identity.ts';
import { TrustStore } from '../../../src/platform/identity/trust-store.ts';
import { TlsNetwork, type TlsNetworkOptions } from '../../../src/platform/network/tls-network.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';

export interface TestServer {
  readonly name: string;
  readonly home: string;
  readonly identity: Identity;
  readonly trust: TrustStore;
}

export const random = { bytes: (length: number): Uint8Array => randomBytes(length) };

export class TestServers {
  readonly folder = mkdtempSync(join(tmpdir(), 'understudy-network-'));
  readonly clock = new ManualClock();

  async make(name: string): Promise<TestServer> {
    const home = join(this.folder, name);
    mkdirSync(home);
    const identity = await loadOrCreateIdentity(home, name, { clock: this.clock, random });
    return { name, home, identity, trust: new TrustStore(home) };
  }

  network(server: TestServer, options: Partial<TlsNetworkOptions> = {}): TlsNetwork {
    const clock: Clock = this.clock;
    const listenAt = { host: '127.0.0.1', port: 0 };
    return new TlsNetwork({ identity: server.identity, trust: server.trust, clock, listenAt, ...options });
  }

  /** `server` trusts `peer`, which listens at this port of the loopback address. */
  async trusts(
    server: TestServer,
    peer: TestServer,
    port?: number,
    roles: readonly PeerRole[] = ['source', 'target'],
  ): Promise<void> {
    const { name, fingerprint } = peer.identity;
    const address = port === undefined ? undefined : `127.0.0.1:${port}`;
    await server.trust.add({ name, fingerprint, address, roles, pairedAt: '2026-01-01T00:00:00.000Z' });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// The network port over real TLS connections of this machine's loopback interface.
import { createServer } from 'node:net';
import type { Link, Network } from '../../src/ports/network.ts';
import { TestServers } from '../platform/network/test-servers.ts';
import { networkSuite } from './network-suite.ts';

networkSuite('TLS 1.3', async () => {
  const servers = new TestServers();
  const alpha = await servers.make('alpha');
  const beta = await servers.make('beta');
  const gamma = await servers.make('gamma');
  const betaNetwork = servers.network(beta);
  const links: Link[] = [];
  const keepLinks = (network: Network): Network => ({
    reach: (host, port) => network.reach(host, port),
    connect: async (peerName) => {
      const link = await network.connect(peerName);
      links.push(link);
      return link;
    },
    listen: (accept, onRefused) =>
      network.listen((link) => {
        links.push(link);
        accept(link);
      }, onRefused),
  });
  const silentPort = await unusedPort();
  await servers.trusts(beta, alpha, silentPort);
  return {
    alpha: keepLinks(servers.network(alpha)),
    beta: {
      reach: (host, port) => betaNetwork.reach(host, port),
      connect: (peerName) => betaNetwork.connect(peerName),
      listen: async (accept, onRefused) => {
        const stop = await keepLinks(betaNetwork).listen(accept, onRefused);
        // Only now is it known where beta listens.
        await servers.trusts(alpha, beta, betaNetwork.listeningAt?.port);
        await servers.trusts(gamma, beta, betaNetwork.listeningAt?.port);
        return stop;
      },
    },
    gamma: keepLinks(servers.network(gamma)),
    fingerprints: { alpha: alpha.identity.fingerprint, beta: beta.identity.fingerprint },
    stop: async () => {
      for (const link of links) link.close('the test is over');
      await servers.clock.advance(60_000);
      servers.remove();
    },
  };
});

/** A port of the loopback address that nothing listens at. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

// Event handlers over real servers, in memory: which events come, in which order, and from where.
import { afterEach, expect, test } from 'vitest';
import { eventNames } from '../../src/language/catalogue/event-names.ts';
import { eventCatalogue } from '../../src/model/event-catalogue.ts';
import { type ScriptCluster, scriptCluster } from '../support/script-cluster.ts';

let servers: ScriptCluster | undefined;
afterEach(async () => {
  await servers?.cluster.stop();
  servers = undefined;
});

const connected = `
source alpha
target beta
repset create work
repset rule add /work
repset save
$con = connect work to beta map "/work" to "/replica"
`;

test('every event of the servers has a name, and every name an event', () => {
  expect([...eventNames.values()].map(String).sort()).toEqual(Object.keys(eventCatalogue).sort());
});

test('a handler sees the events of its connection, and only those from then on', async () => {
  servers = await scriptCluster();
  servers.cluster.workload.create('/work/a', Buffer.from('content'));
  const outcome = await servers.run(`${connected}
on mirror.completed from $con do
  write $event.name, " ", $event.id, " ", $event.severity, " ", $event.server, " ", $event.connection = $con
end
on mirror.started do
  write "started"
end
wait for mirror $con
mirror start $con data delta
wait for mirror $con
wait 2s`);
  expect(outcome).toMatchObject({ kind: 'completed' });
  // The first mirror may have begun with CONNECT, before the handlers were there.
  expect(servers.output.filter((line) => line.startsWith('mirror.completed'))).toEqual([
    'mirror.completed 5011 information alpha true',
    'mirror.completed 5011 information alpha true',
  ]);
  expect(servers.output.at(-1)).toMatch(/^mirror.completed/);
});

test('what happens just before the end of the script is still handled', async () => {
  servers = await scriptCluster();
  await servers.run(`${connected}
on mirror.completed from beta do write "never" end
on mirror.completed from alpha do write "from alpha" end
on mirror.completed do write "from anywhere" end
wait for mirror $con`);
  expect(servers.output.slice(1)).toEqual(['from alpha', 'from anywhere']);
});

test('FROM names a server or a connection that there is', async () => {
  servers = await scriptCluster();
  const outcome = await servers.run('source alpha\non mirror.completed from gamma do write 1 end');
  expect(outcome).toMatchObject({
    kind: 'failed',
    diagnostics: [{ message: 'cannot find the server: gamma: there are alpha and beta', span: { line: 2 } }],
  });
});

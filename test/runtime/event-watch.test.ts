// Event handlers over real servers, in memory: which events come, in which order, and from where.
import { afterEach, expect, test } from 'vitest';
import { eventNames } from '../../src/language/catalogue/definition/event-names.ts';
import type { RecordValue } from '../../src/language/values/value.ts';
import { valueText } from '../../src/language/values/value-text.ts';
import type { ServerEvent } from '../../src/model/event.ts';
import { eventCatalogue } from '../../src/model/event-catalogue.ts';
import { EventWatches } from '../../src/runtime/script/event-watch.ts';
import { Session } from '../../src/runtime/session/session.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { type FakeServer, fakeServer } from '../support/fake-server.ts';
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

/** A server whose events are written by the test. */
class Teller {
  readonly server: FakeServer;
  readonly told: ServerEvent[] = [];
  silent = false;

  constructor(name: string) {
    this.server = fakeServer(name);
    this.server.overrides = { events: { since: (sinceMs) => this.#since(sinceMs) } };
  }

  tell(timeMs: number, message: string): void {
    this.told.push({ id: 5042, severity: 'error', timeMs, message });
  }

  #since(sinceMs: number): readonly ServerEvent[] {
    if (this.silent) throw new Error('no answer');
    return this.told.filter((one) => one.timeMs > sinceMs).slice(-1000);
  }
}

test('a server that is silent when the handler begins is heard when it answers', async () => {
  const alpha = new Teller('alpha');
  const clock = new ManualClock();
  const session = new Session({
    get: async () => alpha.server,
    local: undefined,
    ownName: undefined,
    known: async () => [],
  });
  session.sourceName = 'alpha';
  const watches = new EventWatches(session, clock, () => undefined);
  const messages: string[] = [];
  const span = { file: '', start: 0, end: 0, line: 1, column: 1 };
  alpha.tell(clock.wallMs() - 1, 'before');
  alpha.silent = true;
  await watches.add(
    { event: 5042, name: 'task.failed', span },
    (event) => void messages.push(valueText(event.fields.get('message') ?? '')),
    new AbortController().signal,
  );
  await clock.advance(700);
  alpha.tell(clock.wallMs(), 'meanwhile');
  alpha.silent = false;
  await clock.advance(700);
  expect(messages).toEqual(['meanwhile']);
});

test('none is handled twice or out of order, and what a silent server has to tell comes when it answers', async () => {
  const [alpha, beta] = [new Teller('alpha'), new Teller('beta')];
  const clock = new ManualClock();
  const lines: string[] = [];
  const session = new Session({
    get: async (name) => (name === 'alpha' ? alpha : beta).server,
    local: undefined,
    ownName: undefined,
    known: async () => [],
  });
  session.sourceName = 'alpha';
  session.targetName = 'beta';
  const watches = new EventWatches(session, clock, (line) => void lines.push(line));
  const messages: string[] = [];
  const deliver = (event: RecordValue): void => void messages.push(valueText(event.fields.get('message') ?? ''));
  const over = new AbortController();
  alpha.tell(100, 'before');
  const span = { file: '', start: 0, end: 0, line: 1, column: 1 };
  const catchUp = await watches.add({ event: 5042, name: 'task.failed', span }, deliver, over.signal);
  alpha.tell(100, 'same time');
  alpha.tell(300, 'third');
  beta.tell(200, 'second');
  await clock.advance(500);
  alpha.tell(300, 'fourth');
  await clock.advance(500);
  expect(messages).toEqual(['same time', 'second', 'third', 'fourth']);
  beta.silent = true;
  beta.tell(400, 'fifth');
  await clock.advance(2000);
  expect(lines).toEqual(['warning: the events of beta come later, it does not answer: no answer']);
  beta.silent = false;
  await catchUp();
  expect(messages.slice(4)).toEqual(['fifth']);
  for (let index = 0; index < 1001; index++) alpha.tell(500 + index, 'many');
  await clock.advance(500);
  expect(lines.at(-1)).toBe('warning: alpha had more events than it keeps; some were not handled');
  over.abort();
  const heard = messages.length;
  beta.tell(9000, 'late');
  await clock.advance(5000);
  expect(messages).toHaveLength(heard);
});

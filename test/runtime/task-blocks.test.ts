// DO … END as a stream task: the text travels in the stream and runs on the server of its point, when that server allows it.
import { afterEach, expect, test } from 'vitest';
import { type ScriptCluster, scriptCluster } from '../support/script-cluster.ts';

const connected = `
source alpha
target beta
repset create work
repset rule add /work
repset save
$con = connect work to beta map "/work" to "/replica"
wait for mirror $con
`;
const settled = 'wait until $con.sequence.applied = $con.sequence.head timeout 5m\n';

let servers: ScriptCluster;
afterEach(() => servers.cluster.stop());

test('each point runs its block on its own server, with the values of the script', async () => {
  servers = await scriptCluster();
  const { outcome, output, logs } = await runAll(
    `${connected}
$word = "data"
function shout($text) return upper($text) end
queuetask all to beta onqueue = do write "queued ", shout($word) end ontransmit = do
  write "sent"
end onreceive = do
  write "received $word"
end onexecute = do
  write "executed on \${con.target.state}"
end timeout = 1 minute
${settled}$status = task status all
write length($status), " ", $status[3].output`,
  );
  expect(outcome).toMatchObject({ kind: 'completed' });
  expect(logs).toEqual({ alpha: ['queued DATA', 'sent'], beta: ['received data', 'executed on OK'] });
  expect(output.at(-1)).toBe('4 executed on OK\n');
});

async function runAll(text: string) {
  return { outcome: await servers.run(text), ...servers };
}

test('at ONEXECUTE the stream stands at the task, so a snapshot it takes holds exactly the data before it', async () => {
  servers = await scriptCluster();
  const { cluster } = servers;
  cluster.workload.create('/work/a', Buffer.from('before'));
  const { outcome } = await runAll(`${connected}
queuetask mark to beta onexecute = do
  $snapshot = snapshot take "inside"
  write "took \${snapshot}"
end
${settled}`);
  expect(outcome).toMatchObject({ kind: 'completed' });
  expect(servers.logs.beta).toEqual(['Snapshot "inside" taken (good)', 'took 1']);
  const [job] = await cluster.beta.jobs.list();
  expect((await cluster.beta.snapshots.list(job?.jobId ?? '')).map((one) => one.name)).toContain('inside');
});

test('what would wait for the stream is refused, instead of waiting for itself', async () => {
  servers = await scriptCluster();
  const { outcome, output } = await runAll(`${connected}
queuetask loop to beta onexecute = do
  verify $con
end
${settled}$status = task status loop
write $status[0].state, ": ", $status[0].reason`);
  expect(outcome.kind).toBe('completed');
  expect(output.at(-1)).toBe(
    'failed: cannot run the block of task: loop: line 1: VERIFY would wait for the stream, and the stream waits for the task loop (-101)',
  );
});

test('a server runs no block unless its own configuration says so', async () => {
  servers = await scriptCluster({ taskPolicy: { enabled: true, allow: 'any' } });
  const { output, logs } = await runAll(`${connected}
queuetask quiet to beta onexecute = do write "never" end
${settled}$status = task status quiet
write $status[0].state, ": ", $status[0].reason`);
  expect(output.at(-1)).toBe('refused: blocks of commands are off on this server (tasks.blocks in its server.json)');
  expect(logs.beta).toEqual([]);
});

test('a block that fails fails its task, and the stream goes on', async () => {
  servers = await scriptCluster();
  const { cluster, output } = servers;
  const { outcome } = await runAll(`${connected}
queuetask broken to beta onexecute = do
  write "so far"
  fail "no more"
end
${settled}$status = task status broken
write $status[0].state, ": ", $status[0].reason, " ", $status[0].output`);
  expect(outcome.kind).toBe('completed');
  expect(output.at(-1)).toBe('failed: cannot run the block of task: broken: line 2: no more so far\n');
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});

test('a block that does not end is left running after its timeout, and ended with its server', async () => {
  servers = await scriptCluster();
  const { outcome, output } = await runAll(`${connected}
queuetask endless to beta onexecute = do
  every 1s do write "round" end
end timeout = 5s
${settled}$status = task status endless
write $status[0].state`);
  expect(outcome.kind).toBe('completed');
  expect(output.at(-1)).toBe('detached');
});

test('a block that outlives its timeout goes on beside the stream, and takes its turn there', async () => {
  servers = await scriptCluster();
  const { cluster } = servers;
  const { outcome, output } = await runAll(`${connected}
queuetask late to beta onexecute = do
  wait 10s
  $snapshot = snapshot take "late"
end timeout = 5s
${settled}wait 10s
$status = task status late
write $status[0].state`);
  expect(outcome).toMatchObject({ kind: 'completed' });
  expect(output.at(-1)).toBe('finished');
  expect(await cluster.events('beta')).toContain(5043);
  const [job] = await cluster.beta.jobs.list();
  expect((await cluster.beta.snapshots.list(job?.jobId ?? '')).map((one) => one.name)).toContain('late');
});

test('a server that is killed in a block reports it as interrupted, and does not run it again', async () => {
  servers = await scriptCluster();
  const { cluster, logs } = servers;
  await runAll(`${connected}
queuetask cut to beta onexecute = do
  write "begun"
  wait 1h
end
wait 5s`);
  expect(logs.beta).toEqual(['begun']);
  cluster.kill('beta');
  await cluster.restart('beta');
  const [job] = await cluster.beta.jobs.list();
  const tasks = await cluster.turning(cluster.beta.tasks.list(job?.jobId ?? ''));
  expect(tasks).toMatchObject([{ name: 'cut', state: 'interrupted' }]);
  expect(logs.beta).toEqual(['begun']);
});

test('a secret does not travel', async () => {
  servers = await scriptCluster();
  const { outcome } = await runAll(`${connected}
function hidden() return secret("hush") end
$s = hidden()
queuetask leak to beta onexecute = do credential set key secret $s end`);
  expect(outcome).toMatchObject({
    kind: 'failed',
    diagnostics: [{ message: expect.stringContaining('cannot keep the secret in $s') }],
  });
  expect(JSON.stringify(outcome)).not.toContain('hush');
});

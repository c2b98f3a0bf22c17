// The third part of scripts/proof-package.ts: the unit of the package under a systemd that runs.
//
//   node scripts/package/booted-life.ts ROOT EARLIER.deb PRESENT.deb
import assert from 'node:assert/strict';
import { BootedMachine } from './booted-machine.ts';
import { configure, home, pair, protect, script } from './two-servers.ts';

const [root = '', earlier = '', present = ''] = process.argv.slice(2);
const units = ['understudy@alpha', 'understudy@beta'] as const;
const [alphaUnit, betaUnit] = units;

function say(line: string): void {
  console.log(`  ${line}`);
}

async function prove(machine: BootedMachine): Promise<void> {
  await machine.prints(/^(?:running|degraded)$/m, 'systemctl', 'is-system-running');
  machine.install(earlier);
  configure(machine, machine);
  machine.run('systemctl', 'enable', '--now', ...units);
  for (const unit of units) assert.equal(machine.property(unit, 'ActiveState'), 'active');
  pair(machine, machine);
  protect(machine, machine);
  say('systemd started both when they were ready; tasks of all kinds ran');

  const process = machine.property(alphaUnit, 'MainPID');
  assert.match(machine.run('ls', '-l', `/proc/${process}/fd`), /anon_inode:\[fanotify\]/);
  const journal = machine.run(
    'journalctl',
    '--unit',
    alphaUnit,
    '--output',
    'json',
    '--output-fields=MESSAGE,PRIORITY',
  );
  const entries = journal
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(
    entries.some(({ MESSAGE: text, PRIORITY: one }) => /^The server alpha was started/.test(text) && one === '6'),
  );
  say('changes are heard by fanotify, and the journal has the log with its priorities');

  await endsWhatHangs(machine);
  const before = units.map((unit) => machine.property(unit, 'MainPID'));
  machine.install(present);
  for (const [index, unit] of units.entries()) {
    assert.equal(machine.property(unit, 'ActiveState'), 'active');
    assert.notEqual(machine.property(unit, 'MainPID'), before[index]);
  }
  machine.write('srv/sales/after the upgrade', 'written');
  await machine.prints(/written/, 'cat', '/srv/replicas/sales/after the upgrade');
  say('an upgrade started both again');

  script(machine, 'alpha', 'source alpha\nshutdown alpha\n');
  await machine.prints(/^inactive$/m, 'systemctl', 'show', '--value', '--property=ActiveState', alphaUnit);
  assert.equal(machine.property(alphaUnit, 'Result'), 'success');
  machine.run('dpkg', '--remove', 'understudy');
  assert.equal(machine.property(betaUnit, 'ActiveState'), 'inactive');
  machine.run('dpkg', '--purge', 'understudy');
  const left = machine.run('find', '/etc', '/usr', '/var/lib', '-name', '*understudy*').trim().split('\n');
  assert.deepEqual(left, ['/var/lib/understudy']);
  assert.equal(machine.try('getent', 'passwd', 'understudy').status, 2);
  assert.match(machine.run('ls', home('beta')), /server\.json/);
  say('SHUTDOWN is no failure; the removal stopped the other, and the purge left the homes alone');
}

/** A server that stands still is killed by the watchdog and started again. The patience of the unit is shortened for that. */
async function endsWhatHangs(machine: BootedMachine): Promise<void> {
  machine.run('sh', '-c', 'mkdir -p /run/systemd/system/understudy@.service.d');
  machine.run(
    'sh',
    '-c',
    'printf "[Service]\\nWatchdogSec=5s\\n" > /run/systemd/system/understudy@.service.d/proof.conf',
  );
  machine.run('systemctl', 'daemon-reload');
  machine.run('systemctl', 'restart', betaUnit);
  await machine.prints(/1 connection: 1 healthy$/m, 'systemctl', 'show', '--value', '--property=StatusText', betaUnit);
  assert.equal(machine.property(betaUnit, 'NRestarts'), '0');
  machine.run('systemctl', 'kill', '--signal=STOP', '--kill-who=main', betaUnit);
  await machine.prints(/^1$/m, 'systemctl', 'show', '--value', '--property=NRestarts', betaUnit);
  await machine.prints(/^active$/m, 'systemctl', 'show', '--value', '--property=ActiveState', betaUnit);
  machine.run('rm', '-r', '/run/systemd/system/understudy@.service.d');
  machine.run('systemctl', 'daemon-reload');
  say('a server that hung was killed by the watchdog and started again');
}

const machine = new BootedMachine(root);
try {
  await prove(machine);
} finally {
  await machine.end();
}
console.log('the unit works under systemd');

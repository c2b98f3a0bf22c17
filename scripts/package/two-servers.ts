// What both proofs of the Debian package do with it: two servers, alpha and beta, on two machines or on one, that protect a folder.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import type { Machine } from './machine.ts';

export const home = (name: string): string => `/var/lib/understudy/${name}`;

/** Sets alpha up as an operator would, writes the settings of beta, which runs tasks, and 50 files for alpha to protect. */
export function configure(alpha: Machine, beta: Machine): void {
  const addresses = ['--listen', '127.0.0.1:6320', '--api', '127.0.0.1:6325'];
  const said = alpha.run('understudy', 'init', '--home', home('alpha'), '--name', 'alpha', ...addresses, '--yes');
  assert.match(said, /^ +systemctl enable --now understudy@alpha$/m);
  const tasks = { enabled: true, allow: ['/usr/bin/touch'], account: 'understudy', javascript: { enabled: true } };
  const targets = { allowedRoots: ['/srv/replicas'] };
  beta.write(
    `${home('beta')}/server.json`,
    JSON.stringify({ version: 1, name: 'beta', listen: '127.0.0.1:6420', api: '127.0.0.1:6425', tasks, targets }),
  );
  beta.run('mkdir', '-p', '/srv/replicas');
  beta.run('install', '-d', '-m', '1777', '/srv/by-tasks');
  for (let number = 0; number < 50; number += 1) alpha.write(`srv/sales/order-${number}`, `order ${number}\n`);
}

export function pair(alpha: Machine, beta: Machine): void {
  const { code } = JSON.parse(beta.run('understudy', 'pair', '--home', home('beta'), '--json'));
  alpha.run('understudy', 'pair', '127.0.0.1:6420', '--code', code, '--home', home('alpha'));
}

/** Runs a script for the server of this name. */
export function script(machine: Machine, name: string, text: string): string {
  machine.write('srv/proof/script.dtcl', text);
  return machine.run('understudy', 'run', '/srv/proof/script.dtcl', '--home', home(name));
}

/** Connects them, with tasks of three kinds, one of which the account of the package carries out. */
export function protect(alpha: Machine, beta: Machine): void {
  const said = script(
    alpha,
    'alpha',
    `task add($a, $b) in javascript """return a + b"""
source alpha
target beta
repset create sales
repset rule add "/srv/sales" include to sales
repset save
$con = connect sales to beta map "/srv/sales" to "/srv/replicas/sales"
wait for mirror $con timeout 1 minute
queuetask mark to beta onexecute = "/usr/bin/touch" "/srv/by-tasks/mark" timeout = 1 minute
queuetask sum to beta onexecute = add(1, 2) timeout = 1 minute
queuetask kept to beta onexecute = snapshot "kept" timeout = 1 minute
$check = verify $con report
task list on $con
`,
  );
  for (const task of ['mark', 'sum', 'kept']) assert.match(said, new RegExp(`^${task} +ONEXECUTE +finished`, 'm'));
  assert.match(said, /\b0 different, 0 missing\b/);
  const user = Number(/^understudy:x:(\d+):/m.exec(beta.read('etc/passwd'))?.[1]);
  assert.equal(statSync(beta.path('srv/by-tasks/mark')).uid, user);
}

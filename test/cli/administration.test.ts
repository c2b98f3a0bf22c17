// Servers that run by themselves, looked after by script: paired, given an account and a credential, stopped, forgotten.
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Stage } from '../support/serve-process.ts';

it('pairs, logs in, keeps secrets, shuts down and forgets a server', async () => {
  const stage = Stage.open();
  const [alpha, beta] = await Promise.all([stage.server('alpha'), stage.server('beta')]);
  const offer = await stage.command('pair', '--allow', 'source,operator', '--home', beta.home, '--json');
  const { code } = JSON.parse(offer.out) as { code: string };
  const first = await stage.script(
    alpha,
    `$new = server add "${beta.listen}" code "${code}"
write $new.name
server list
target beta
account add night password "only to look" access monitor on beta
credential set dnskey secret "a secret to keep" on beta
credential test dnskey on beta
$level = login beta night "only to look"
write $level
try
  credential remove dnskey on beta
on error $e
  write $e.name
end
get queue.alertPercent on beta`,
  );
  expect(first).toMatchObject({ exitCode: 0, notes: '' });
  const lines = first.out.split('\n').map((line) => line.trim());
  expect(lines).toEqual(expect.arrayContaining(['beta', '1', 'ACCESS-DENIED']));
  expect(first.out).toContain(beta.listen);
  expect(first.out + beta.log()).not.toContain('a secret to keep');

  const second = await stage.script(alpha, 'source alpha\nshutdown beta\nserver remove beta\nping beta');
  expect(second.exitCode).toBe(1);
  expect(second.out).toContain('beta stops');
  expect(second.notes).toContain('this home knows alpha');
  expect(await beta.ended()).toMatchObject({ exitCode: 0 });
});

it('cannot do so with servers that live inside a run, and says so', async () => {
  const stage = Stage.open();
  const file = stage.path('inside.dtcl');
  const tried = ['shutdown alpha', 'set queue.disk to none', 'account add a password "b"', 'server remove beta'];
  const attempts = tried.map((one) => `try\n  ${one}\non error $e\n  write $e.name, " ", $e.code\nend`);
  writeFileSync(file, `source alpha\n${attempts.join('\n')}\ncredential set key secret "s" on alpha\nserver list\n`);
  const { out, exitCode } = await stage.command('run', file, '--home', stage.path('home'));
  const lines = out.split('\n');
  expect(lines.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'CONFIGURATION-NONE -1'));
  expect(lines[3]).toMatch(/-101$/);
  expect(out).toMatch(/alpha +full/);
  expect(exitCode).toBe(0);
});

// Servers that run by themselves, looked after by script: paired, given an account and a credential, stopped, forgotten.
import { expect, it } from 'vitest';
import { Stage } from '../support/serve-process.ts';

it('pairs, logs in, keeps secrets, shuts down and forgets a server', { timeout: 120_000 }, async () => {
  const stage = Stage.open();
  const [alpha, beta] = await Promise.all([stage.server('alpha'), stage.server('beta')]);
  const offer = await stage.command('pair', '--home', beta.home, '--json');
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

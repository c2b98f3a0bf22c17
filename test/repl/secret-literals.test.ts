// Which texts hold a secret: those are never kept.
import { describe, expect, test } from 'vitest';
import { holdsSecret } from '../../src/repl/secret-literals.ts';

describe('kept', () => {
  test.each([
    'login alpha operator $password',
    'write "login alpha operator"',
    '# login alpha operator "pw"',
    'param $p as secret',
    '$x = secret($y)',
    'repset create login',
    'help login',
    'dance now',
  ])('%s', (text) => {
    expect(holdsSecret(text)).toBe(false);
  });
});

describe('behind a text with a secret that is not closed', () => {
  const before = 'login alpha operator "${\n';

  test.each(['hunter2', '  hunter2"', '}"', '$hunter2', '(hunter2', 'hunter2\nwrite 1'])('%s is not kept', (text) => {
    expect(holdsSecret(text)).toBe(false);
    expect(holdsSecret(text, before)).toBe(true);
  });

  test.each(['write "hello"', 'login alpha operator $password', 'if true then write 1 end', ''])(
    '%s is kept',
    (text) => {
      expect(holdsSecret(text, before)).toBe(false);
    },
  );
});

describe('not kept', () => {
  test.each([
    'login alpha operator "pw"',
    'logon alpha operator pw',
    'login alpha operator \\\n  "pw"',
    'if true then login alpha operator "pw" end',
    '$level = login alpha operator "pw"',
    'login alpha operator "pw',
    'login alpha operator x "pw"',
    'logn alpha operator "pw"',
    'LOGIN alpha operator "a $b"',
    '$p = secret("pw")',
    'write "${secret(""pw"")}"',
    'param $p as secret = "pw"',
    'schedule x cron "0 2 * * *" do\nlogin alpha operator "pw"\nend',
  ])('%s', (text) => {
    expect(holdsSecret(text)).toBe(true);
  });
});

// A literal secret never shows in what is said of a script, however it is broken and over however many lines it stands; and
// what is no secret is shown as it is.
import { describe, expect, test } from 'vitest';
import { checkScript } from '../../src/language/program.ts';
import { diagnosticsAsJson, renderDiagnostics } from '../../src/language/reading/render-diagnostics.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';

const password = 'hunter2';

function said(text: string): string {
  const source = new SourceText('script.dtcl', text);
  const { diagnostics } = checkScript(source);
  expect(diagnostics).not.toEqual([]);
  return `${renderDiagnostics(diagnostics, source)}\n${diagnosticsAsJson(diagnostics)}`;
}

describe('a secret is not shown', () => {
  test.each([
    `login alpha bob "${password}" $nope`,
    `login alpha bob \\\n  "${password}" extra`,
    `login alpha bob \\\n  ${password} $nope`,
    `login alpha \\\n  bob \\\n  ${password} $nope`,
    `login alpha bob "${password}`,
    `login alpha bob """${password}\n${password}""" $nope`,
    `login alpha bob my ${password}`,
    `login alpha bob ${password}${password} then`,
    `login alpha $user ${password}`,
    `logn alpha bob ${password}`,
    `logn alpha bob \\\n "${password}" $nope`,
    `$x = = login alpha bob ${password}`,
    `if login alpha bob ${password}`,
    `if true then login alpha bob ${password} $nope end`,
    `queuetask x to beta onexecute = do\n login alpha bob \\\n ${password} oops\nend`,
    `param $p as secret = "${password}" $nope`,
    `login alpha bob e"${password}\\q"`,
    `credential set x\n  secret ${password}`,
    `dns server add 1.2.3.4 zone z key k\n  secret "${password}"`,
    `login alpha bob surplus e"${password}" e"${password}\\n" $nope`,
    `$x = secret(e"${password}\\x41${password}")`,
    `login alpha bob e"${password}`,
    `lgoin alpha bob e"${password}\\"${password}"`,
    `param $p as secret = \\\n "${password}" foo`,
    `$x = secret("${password}") + $nope`,
    `$x = secret("a",\n "${password}" + $nope) + 1`,
    `$x = secret(\n "${password}"\nwrite 1`,
    `$x = secret("${password}`,
    `write "\${secret(""${password}"")} $nope"`,
    `account add bob password ${password} bogus`,
    `account add bob pasword ${password}`,
    `account add bob \\\n password \\\n ${password} on $nope`,
    `acount add bob password ${password}`,
    `credential set x secret ${password} ${password}2`,
    `server add x code \\\n${password} garbage`,
    `login alpha bob \\\n "one" "${password}" \\\n "${password}2"`,
    `login alpha bob "x" + \\\n "${password}"`,
    `login alpha bob "\${\\\n "${password}"}"`,
    `account add bob password (\\\n "${password}" access`,
    `$x = secret(\\\n "${password}"\nwrite $x`,
    `$x = secret( \\\n \\\n "${password}" "${password}"`,
    `param $p as secrt = "${password}"`,
    `param $p as secret \\\n = (\\\n "${password}"`,
    `dns server add 1.2.3.4 zone z key \\\n k secret "${password}"`,
    `dns server add 1.2.3.4 zone z secret ${password} ${password}`,
    `login alpha bob "\${\n${password}`,
    `login alpha bob "\${\n\n  ${password}\n}"`,
    `login alpha bob "a\${x\n${password}"`,
    `login alpha bob '\${\n${password}`,
    `login alpha bob "\${"\n${password} ${password}`,
    `login alpha bob \${\n${password}`,
    `login alpha bob (\n${password}`,
    `login alpha bob (\n(${password}\n(${password}`,
    `logn alpha bob "\${\n${password}`,
    `logn alpha bob (\n${password}`,
    `account add bob password "\${\n${password}\n${password}`,
    `param $p as secret = "\${\n${password}`,
    `param $p as secret = (\n${password}`,
    `$x = secret("\${\n${password}`,
    `$x = secret(\n${password}`,
    `if true then\n  login alpha bob "\${\n  $${password}\nend`,
    `login alpha bob "\${\n§${password}§ # ${password}`,
  ])('%j', (text) => {
    expect(said(text)).not.toContain(password);
  });
});

describe('what is no secret is shown', () => {
  test.each([
    ['write "the password expired $nope"', 'the password expired'],
    ['# my secret garden\n$x = $nope # password expired', 'password expired'],
    ['repset create password $nope', 'repset create password'],
    ['login alpha bob "pw" extra', 'extra'],
    ['write type(secret($nope))', 'write type(secret($nope))'],
    ['account add bob pasword pw', 'account add bob pasword'],
    ['server add beta 10.0.0.1:6320 code pw', 'server add beta 10.0.0.1:6320 code'],
    ['write $nope\n"shown"', '"shown"'],
    ['login alpha bob $pw\nwrite 1\n"shown"', '"shown"'],
    ['param $p as text = "shown" $nope', 'shown'],
    ['login alpha bob "${\nwrite $shown', '$shown'],
    ['login alpha bob "${\n$x = $shown', '$shown'],
    ['login alpha bob "${\nping beta $shown', '$shown'],
    ['login alpha bob "${\npw\nwrite 1\nshown', 'there is no command shown'],
    ['write "${\nshown', 'there is no command shown'],
    ['login alpha bob # (\nshown', 'there is no command shown'],
  ])('%j', (text, shown) => {
    expect(said(text)).toContain(shown);
  });

  test('a secret in a file that is included is found by the lines of that file', () => {
    const source = new SourceText('main.dtcl', 'write 1\nwrite 2\ninclude "other.dtcl"\n');
    const other = `login alpha bob \\\n  ${password} $nope\n`;
    const { diagnostics } = checkScript(source, { read: () => ({ file: 'other.dtcl', text: other }) });
    const text = renderDiagnostics(diagnostics, source);
    expect(text).toContain('  ••••••• $nope');
    expect(text).not.toContain(password);
  });
});

test.each(['login ', 'secret("a" + ', 'login alpha bob pw $nope\n', 'x login secret( login\n'])(
  'a text of nothing but %j is read in a time that grows with its length alone',
  (unit) => {
    // What grew with the square of the length took minutes here, and the test ran into its limit.
    const text = unit.repeat(100_000);
    expect(said(text)).not.toContain('pw');
  },
);

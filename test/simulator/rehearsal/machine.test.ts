// The machine of a rehearsed script has what the scenario says, and what it does not say fails with the line to add.
import { describe, expect, it } from 'vitest';
import { rehearsed } from './rig.ts';

async function ends(script: string, scenario: string): Promise<{ readonly output: string[]; readonly said: string }> {
  const { report, entries } = await rehearsed(script, `SERVERS alpha\n${scenario}`);
  const output = entries.filter(({ teller }) => teller === 'output').map(({ text }) => text);
  const [diagnostic] = report.outcome?.diagnostics ?? [];
  return { output, said: `${diagnostic?.message ?? ''} | ${diagnostic?.fix ?? ''}` };
}

describe('a variable of the environment', () => {
  it('has the value of the scenario, and is never that of the real environment', async () => {
    const script = '$home = environment HOME default "none"\nwrite $home';
    expect((await ends(script, 'ENVIRONMENT HOME "/home/shop"')).output).toEqual(['/home/shop']);
    expect((await ends(script, 'ENVIRONMENT HOME MISSING')).output).toEqual(['none']);
    expect((await ends(script, '')).said).toContain(
      'the scenario does not say what it is | write into it: ENVIRONMENT',
    );
  });
});

describe('a program', () => {
  const script = '$r = run program "/usr/bin/df" "-h"\nwrite $r.exitcode, " ", $r.output';

  it('answers what the scenario says', async () => {
    const { output } = await ends(script, 'PROGRAM /usr/bin/df ANSWERS CODE 2 "90 percent" "full"');
    expect(output).toEqual(['2 90 percent\nfull\n']);
    expect((await ends(script, 'PROGRAM /usr/bin/df FAILS')).output).toEqual(['1 ']);
  });

  it('that is not said, or missing, is not run', async () => {
    expect((await ends(script, '')).said).toContain('the scenario does not say what it does | write into it: PROGRAM');
    expect((await ends(script, 'PROGRAM /usr/bin/df MISSING')).said).toContain('program missing');
  });

  it('that hangs is ended at its timeout', async () => {
    const { said } = await ends('run program "/usr/bin/df" timeout 30 seconds', 'PROGRAM /usr/bin/df HANGS');
    expect(said).toContain('it was ended after its timeout of 30 s');
  });
});

describe('a name', () => {
  it('has the addresses that DNS UPDATE has written, and else none', async () => {
    const script = `source alpha\ntarget alpha\ndns server add "10.0.0.53" zone "example"
$before = dns lookup "shop.example"
dns update "shop.example" to "10.0.0.2" ttl 60 seconds
$after = dns lookup "shop.example" at "10.0.0.53"
write $before, $after`;
    const { output } = await ends(script, 'DNS SERVER 10.0.0.53 ZONES example');
    expect(output.at(-1)).toBe('[]["10.0.0.2"]');
  });

  it('has the addresses that the scenario gives it', async () => {
    const world = 'DNS shop.example = 10.0.0.1\nDNS SERVER 10.0.0.53 ZONES example\nDNS shop.example = 10.0.0.3';
    const { output } = await ends('dns lookup "shop.example"', world);
    expect(output).toEqual(['10.0.0.1', '10.0.0.3']);
  });

  it('that no name server of the scenario has is not asked of others', async () => {
    const { said } = await ends('$a = dns lookup "shop.example"', 'DNS SERVER 10.0.0.53 ZONES other');
    expect(said).toContain('the scenario does not say which name server has it | write into it: DNS SERVER');
    expect((await ends('$a = dns lookup "shop.example" type txt', '')).said).toContain('TXT records are not simulated');
    const down = 'DNS SERVER 10.0.0.53 ZONES example\nAT 1s DNS SERVER 10.0.0.53 FAILS';
    expect((await ends('wait 2s\n$a = dns lookup "shop.example"', down)).said).toContain('cannot look up');
  });
});

describe('a file', () => {
  const script = '$text = read file "/etc/limits"\nwrite $text';

  it('has the lines of the scenario', async () => {
    const { output } = await ends(script, 'FILE /etc/limits "ninety percent" 5');
    expect(output).toEqual(['ninety percent\n5\n']);
  });

  it('that is not said is not read, whatever the real machine has', async () => {
    const { said } = await ends(script.replace('/etc/limits', '/etc/passwd'), '');
    expect(said).toContain('cannot read the file: /etc/passwd: the scenario does not say what is in it');
    expect(said).toContain('FILE /etc/passwd "first line"');
  });

  it('may have a line that is a word of scenarios, in quotes', async () => {
    expect((await ends(script, 'FILE /etc/limits "missing"')).output).toEqual(['missing\n']);
  });

  it('can be missing', async () => {
    expect((await ends(script, 'FILE /etc/limits MISSING')).said).toContain('no such file');
  });
});

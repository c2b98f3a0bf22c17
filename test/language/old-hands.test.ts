// What somebody writes who knows the original or another script language: one message, which names the form to write.
import { describe, expect, it } from 'vitest';
import { check } from './scripted-host.ts';

describe('an old hand', () => {
  it.each([
    ['mirror start 1 different', 'U0402', 'write ATTRIBUTES DELTA to find what differs'],
    ['mirror start 1 all', 'U0402', 'did you mean NONE?'],
    ['mirror start 1 checksum', 'U0402', 'did you mean DATA DELTA?'],
    ['mirror all 1', 'U0402', 'write MIRROR START … NONE'],
    ['verify 1 remirror', 'U0402', 'did you mean REPAIR?'],
    ['snapshot create nightly', 'U0402', 'did you mean TAKE?'],
    ['monitor create guard account "operator"', 'U0402', 'a monitor belongs to the target and needs no account'],
    ['monitor create guard account = "operator" interval 1 second', 'U0402', 'needs no account'],
    ['repset rename a b', 'U0402', 'make a new one with REPSET CREATE'],
    ['script remove 1', 'U0402', 'did you mean DELETE?'],
    ['failover start', 'U0402', 'FAILOVER itself takes over'],
    ['rem the nightly copy', 'U0401', 'a comment begins with #'],
    ['// the nightly copy', 'U0401', 'a comment begins with #'],
    ['print "x"', 'U0401', 'did you mean WRITE?'],
    ['echo hello', 'U0401', 'did you mean WRITE?'],
    ['goto again', 'U0401', 'use IF, WHILE, FOR'],
    ['queuetask n to beta onexecute = "d:\\jobs\\snap.cmd"', 'U0415', 'the path that the program has on the server'],
    ['queuetask n to beta onexecute = "\\\\host\\share\\snap.cmd"', 'U0415', 'the path that the program has'],
    ['repset rule add "d:\\data"', 'U0415', 'write the path as it is on the server'],
  ])('%s', (text, code, fix) => {
    const { diagnostics } = check(text);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code, fix: expect.stringContaining(fix) });
  });

  it('is not told of Windows where a path only has a colon or a backslash', () => {
    expect(check('repset rule add "/srv/d:\\data"').diagnostics).toEqual([]);
    expect(check('repset rule add "/srv/c:/data"').diagnostics).toEqual([]);
  });
});

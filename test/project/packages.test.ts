// The programs that tests need: found where they are, and never silently missing in continuous integration.
import { afterEach, expect, it, vi } from 'vitest';
import { findProgram, neededPackages } from '../../scripts/packages.ts';
import { requireProgram } from '../support/packages.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('finds a program on the path, and not one that does not exist', () => {
  expect(findProgram('sh')).toMatch(/\/sh$/);
  expect(findProgram('no-such-program-anywhere')).toBeUndefined();
});

it('finds a program of root when the path of an ordinary account does not name its folder', () => {
  vi.stubEnv('PATH', '/usr/bin');
  expect(findProgram('mkfs.ext4')).toMatch(/sbin\/mkfs\.ext4$/);
});

it('knows every package by one program and a reason', () => {
  expect(new Set(neededPackages.map(({ program }) => program)).size).toBe(neededPackages.length);
  expect(neededPackages.filter(({ reason }) => reason === '')).toEqual([]);
});

it('fails in continuous integration when a program is missing', () => {
  vi.stubEnv('CI', 'true');
  expect(requireProgram('sh')).toBe(true);
  expect(() => requireProgram('sh', 'no-such-program')).toThrow(
    'no-such-program not found; install with: apt-get install',
  );
});

it('says what is skipped elsewhere', () => {
  vi.stubEnv('CI', '');
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(requireProgram('no-such-program')).toBe(false);
  expect(written).toHaveBeenCalledWith(expect.stringContaining('skipped: no-such-program not found'));
});

// What Node.js compiled is kept for the next start, which is then several times faster. It is code, so it is kept only where
// nobody else can write: in a folder of this account's cache (XDG Base Directory Specification) that this account owns.
// Where there is none, or it cannot be written, every start compiles anew.
import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Must be called before anything else is imported. */
export function keepCompiled() {
  const folder = cacheFolder(process.env);
  if (folder === undefined) return;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    // As with sudo: root in somebody's home.
    if (uid !== process.geteuid() || (mode & 0o022) !== 0) return;
  } catch {
    return;
  }
  enableCompileCache(folder);
}

function cacheFolder({ XDG_CACHE_HOME: cache, HOME: home }) {
  if (cache?.startsWith('/')) return join(cache, 'understudy', 'compiled');
  return home?.startsWith('/') ? join(home, '.cache', 'understudy', 'compiled') : undefined;
}

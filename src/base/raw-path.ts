// Names and paths are bytes from end to end. In memory a path is a string of which every character is one byte (0 to
// 255), so it is a cheap map key and loses nothing, whatever its encoding. A RawPath is relative: components joined by
// one slash, no empty, `.` or `..` component, no NUL; the root itself is the empty string.

declare const rawPathBrand: unique symbol;
/** A relative path of bytes below some root. */
export type RawPath = string & { readonly [rawPathBrand]: true };

export const rootPath = '' as RawPath;

const componentBytesMax = 255;
const pathBytesMax = 4095;

/** Whether a byte string is a well-formed relative path. */
export function isRawPath(text: string): text is RawPath {
  if (text === '') return true;
  if (text.length > pathBytesMax || text.includes('\0')) return false;
  for (const name of text.split('/')) {
    if (name === '' || name === '.' || name === '..' || name.length > componentBytesMax) return false;
  }
  return true;
}

/** The bytes of a path, or of any byte string. */
export function rawBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** A byte string from text as a person typed it (UTF-8). */
export function rawFromText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function joinRaw(parent: string, name: string): RawPath {
  return (parent === '' ? name : `${parent}/${name}`) as RawPath;
}

/** The path above; of the root, the root. */
export function parentOf(path: RawPath): RawPath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as RawPath;
}

export function baseName(path: RawPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * An absolute path without `.`, doubled slashes and a slash at the end: `/srv/./x/` is `/srv/x`. Undefined for a path with `..`, because
 * where that leads depends on symbolic links.
 */
export function withoutDots(path: string): string | undefined {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return names.includes('..') ? undefined : `/${names.join('/')}`;
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: string, ancestor: string): boolean {
  return ancestor === '' || path === ancestor || (path.startsWith(ancestor) && path.charCodeAt(ancestor.length) === 47);
}

/** For people: UTF-8 where the bytes are valid UTF-8, otherwise with \xNN for each byte that is not printable ASCII. */
export function displayPath(path: string): string {
  const bytes = rawBytes(path);
  const text = bytes.toString('utf8');
  const faithful = !text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes);
  const escaped = (pattern: RegExp, source: string): string =>
    source.replace(pattern, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal.
  return faithful ? escaped(/[\x00-\x1f\x7f]/g, text) : escaped(/[^\x20-\x7e]/g, path);
}

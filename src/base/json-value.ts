// What JSON can say: the form in which values leave one process for another.

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

export const jsonDepthMax = 32;

/**
 * Whether a value that JSON.parse gave is nested at most `jsonDepthMax` deep, so that code may walk through it by recursion.
 * Asked of everything that comes from another process.
 */
export function isShallowJson(value: unknown): value is JsonValue {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > jsonDepthMax) return false;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return true;
}

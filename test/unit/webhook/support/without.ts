/** The object without these fields. */
export function without<T extends object>(object: T | undefined, ...keys: readonly string[]): Partial<T> {
  return Object.fromEntries(Object.entries(object ?? {}).filter(([key]) => !keys.includes(key))) as Partial<T>;
}

/** The object without these fields. */
export function without<V>(
  object: Readonly<Record<string, V>> | undefined,
  ...keys: readonly string[]
): Record<string, V> {
  return Object.fromEntries(Object.entries(object ?? {}).filter(([key]) => !keys.includes(key)));
}

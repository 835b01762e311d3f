/** `key=value` of a resource; the value is already encoded and may hold `$(NAME)` references. */
export type ResourceAttribute = readonly [key: string, value: string];

/**
 * Percent-encodes a value of `OTEL_RESOURCE_ATTRIBUTES`, which has the format of W3C Baggage: `,`, `=`, `;`, `%` and
 * everything outside its characters must be encoded (OpenTelemetry Resource SDK, "Specifying resource information via
 * an environment variable"). A `$` is encoded too, so that no value becomes a reference of the kubelet's.
 */
export function encodeAttribute(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** Keys that a list `key=value,key=value` has. */
export function attributeKeys(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((pair) => pair.split('=', 1)[0]?.trim() ?? ''));
}

/** Adds the attributes whose keys the list has not; those that are there stay as they are. */
export function mergeAttributes(list: string | undefined, attributes: readonly ResourceAttribute[]): string {
  const keys = attributeKeys(list ?? '');
  const added = attributes.filter(([key]) => !keys.has(key)).map(([key, value]) => `${key}=${value}`);
  const current = list ?? '';
  if (added.length === 0) return current;
  const separator = current.trim() === '' || current.trimEnd().endsWith(',') ? '' : ',';
  return `${current.trim() === '' ? '' : current}${separator}${added.join(',')}`;
}

/**
 * Version that an image reference names: `<tag>@<digest>`, `<digest>` or `<tag>`; undefined when it names none.
 *
 * Tag and digest as in github.com/distribution/reference; the order is that of the OpenTelemetry conventions for
 * `service.version` on Kubernetes.
 */
export function imageVersion(reference: string): string | undefined {
  const [name = '', digest] = reference.split('@', 2);
  const colon = name.lastIndexOf(':');
  const tag = colon > name.lastIndexOf('/') ? name.slice(colon + 1) : '';
  if (digest) return tag === '' ? digest : `${tag}@${digest}`;
  return tag === '' ? undefined : tag;
}

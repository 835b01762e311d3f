import { isRecord, ownValue } from './field.ts';

/** Any Kubernetes object as JSON. Written by whoever may write it. */
export type KubeObject = Readonly<Record<string, unknown>>;

/** What of an object is matched. A field of a wrong type counts as not there, as in apimachinery's `Unstructured`. */
export interface ObjectFacts {
  /** The core group is ''. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly generateName: string;
  /** '' for what has no namespace. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function factsOf(object: KubeObject): ObjectFacts {
  const metadata = metadataOf(object);
  return {
    ...groupVersionKindOf(object),
    name: textOf(metadata, 'name'),
    generateName: textOf(metadata, 'generateName'),
    namespace: textOf(metadata, 'namespace'),
    labels: textsOf(metadata, 'labels'),
  };
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** From `apiVersion` and `kind`; nothing of them where `apiVersion` is no group version. */
export function groupVersionKindOf(object: KubeObject): GroupVersionKind {
  const parts = textOf(object, 'apiVersion').split('/');
  if (parts.length > 2) return { group: '', version: '', kind: '' };
  const [first = '', second] = parts;
  const kind = textOf(object, 'kind');
  return second === undefined ? { group: '', version: first, kind } : { group: first, version: second, kind };
}

export function isNamespace({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  return group === '' && kind === 'Namespace';
}

export function metadataOf(object: KubeObject): KubeObject {
  const metadata = ownValue(object, 'metadata');
  return isRecord(metadata) ? metadata : {};
}

export function textOf(record: KubeObject, key: string): string {
  const value = ownValue(record, key);
  return typeof value === 'string' ? value : '';
}

/** Labels or annotations; nothing at all where one value is no text. */
function textsOf(record: KubeObject, key: string): Readonly<Record<string, string>> {
  const texts = ownValue(record, key);
  return isRecord(texts) && Object.values(texts).every((value) => typeof value === 'string')
    ? (texts as Readonly<Record<string, string>>)
    : {};
}

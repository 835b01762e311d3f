/** A JSON object of unknown content. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Metadata of an object in an admission request. Labels and annotations are written by whoever may write the object. */
export interface RequestMetadata {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The object waits for its finalizers, and nothing may stand in the way. */
  readonly isBeingDeleted: boolean;
  /** A controller owns it: whoever could read a message wrote the owner, not this. */
  readonly isControlled: boolean;
}

/** Reads `metadata` of an object (or of a template); what is absent or no text is left out. */
export function metadataOf(object: unknown): RequestMetadata {
  const metadata = fieldsOf(fieldsOf(object)['metadata']);
  const name = metadata['name'];
  const owners = metadata['ownerReferences'];
  return {
    name: typeof name === 'string' ? name : '',
    labels: textsOf(metadata['labels']),
    annotations: textsOf(metadata['annotations']),
    isBeingDeleted: typeof metadata['deletionTimestamp'] === 'string',
    isControlled: Array.isArray(owners) && owners.some((owner) => fieldsOf(owner)['controller'] === true),
  };
}

/** The texts of a map; validated by the API server, which refuses other values in labels, annotations and data. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

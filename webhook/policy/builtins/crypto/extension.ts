import type { DerReader, Oid } from './der.ts';
import { tags } from './der.ts';

/** An extension of a certificate or of a request, its value as it is encoded. */
export interface Extension {
  readonly id: Oid;
  readonly isCritical: boolean;
  readonly value: Buffer;
}

export function readExtension(reader: DerReader): Extension {
  const id = reader.oid();
  const isCritical = reader.isNext(tags.boolean) && reader.boolean();
  return { id, isCritical, value: reader.content(tags.octetString) };
}

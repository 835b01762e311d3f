import { RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';
import { writeAddress } from '../net/network.ts';
import { integerValue } from '../operands.ts';
import { fromBytes } from '../urls/escape.ts';
import type { ParsedUrl } from '../urls/parse.ts';
import type { Point } from './curve.ts';
import { unsigned } from './der.ts';
import type { Extension } from './extension.ts';
import type { Attribute, AttributeValue, DistinguishedName } from './name.ts';
import type { PublicKey } from './publicKey.ts';

/** What Go's `encoding/json` makes of a struct with these fields. */
export function struct(fields: Readonly<Record<string, Value>>): RegoObject {
  return new RegoObject(Object.entries(fields));
}

/** A slice: null where nothing was put into it. */
export function slice<T>(elements: readonly T[], write: (element: T) => Value): Value {
  return elements.length === 0 ? null : elements.map(write);
}

/** A slice of bytes, as base64; null where there is none. */
export function base64(bytes: Buffer | undefined): Value {
  return bytes === undefined ? null : bytes.toString('base64');
}

/** An address of four or sixteen bytes. */
export function writeIp(bytes: Buffer): string {
  return writeAddress(bytes.length === 4 ? (0xffffn << 32n) | unsigned(bytes) : unsigned(bytes));
}

function writeAttributeValue(value: AttributeValue): Value {
  if (Buffer.isBuffer(value)) return base64(value);
  return typeof value === 'bigint' ? integerValue(value) : value;
}

export function writeAttribute({ type, value }: Attribute): Value {
  return struct({ Type: type, Value: writeAttributeValue(value) });
}

/** Fields of Go's `pkix.Name` that are lists, by the last component of 2.5.4. */
const listFields = {
  Country: 6,
  Organization: 10,
  OrganizationalUnit: 11,
  Locality: 7,
  Province: 8,
  StreetAddress: 9,
  PostalCode: 17,
} as const;

const [commonName, serialNumber] = [3, 5] as const;

export function writeName(name: DistinguishedName): Value {
  const texts = (component: number) =>
    name.flatMap(({ type, value }) =>
      type.join('.') === `2.5.4.${component}` && typeof value === 'string' ? [value] : [],
    );
  const lists = Object.entries(listFields).map(([field, component]) => [
    field,
    slice(texts(component), (text) => text),
  ]);
  return struct({
    ...(Object.fromEntries(lists) as Record<string, Value>),
    CommonName: texts(commonName).at(-1) ?? '',
    SerialNumber: texts(serialNumber).at(-1) ?? '',
    Names: slice(name, writeAttribute),
    ExtraNames: null,
  });
}

export function writeExtension({ id, isCritical, value }: Extension): Value {
  return struct({ Id: id, Critical: isCritical, Value: base64(value) });
}

/** Curves have no field that Go shows. */
const curve = struct({});

export function writePublicKey(key: PublicKey | undefined): Value {
  switch (key?.kind) {
    case undefined:
      return null;
    case 'rsa':
    case 'ecdsa':
      return struct(publicKeyFields(key));
    case 'dsa': {
      const { p, q, g, y } = key;
      return struct({ P: integerValue(p), Q: integerValue(q), G: integerValue(g), Y: integerValue(y) });
    }
    case 'ed25519':
      return base64(key.bytes);
    case 'x25519':
      return struct({});
  }
}

/** The fields of a public key, which Go shows among those of the private one too. */
export function publicKeyFields(
  key: Pick<PublicKey & { kind: 'rsa' }, 'kind' | 'modulus' | 'exponent'> | ({ readonly kind: 'ecdsa' } & Point),
): Record<string, Value> {
  return key.kind === 'rsa'
    ? { N: integerValue(key.modulus), E: integerValue(key.exponent) }
    : { Curve: curve, X: integerValue(key.x), Y: integerValue(key.y) };
}

/** Go's `url.URL`; who the user is does not show. */
export function writeUri(url: ParsedUrl): Value {
  return struct({
    Scheme: fromBytes(url.scheme),
    Opaque: fromBytes(url.opaque),
    User: url.user === undefined ? null : struct({}),
    Host: fromBytes(url.host),
    Path: fromBytes(url.path),
    RawPath: fromBytes(url.writtenPath),
    OmitHost: url.isHostOmitted,
    ForceQuery: url.isQueryForced,
    RawQuery: fromBytes(url.rawQuery),
    Fragment: fromBytes(url.fragment),
    RawFragment: fromBytes(url.writtenFragment),
  });
}

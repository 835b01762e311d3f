import type { RegoObject, Value } from '../../value/value.ts';
import { integerValue } from '../operands.ts';
import { BuiltinError } from '../types.ts';
import { signatureAlgorithm } from './algorithm.ts';
import { noAlternativeNames, readAlternativeNames } from './alternativeNames.ts';
import { alternativeNameFields } from './certificateJson.ts';
import { contextTag, DerReader, malformed, rightAligned, tags } from './der.ts';
import type { Element } from './der.ts';
import { readExtension } from './extension.ts';
import type { Extension } from './extension.ts';
import { base64, slice, struct, writeAttribute, writeExtension, writeName, writePublicKey } from './json.ts';
import { readAttributeValue, readLenientName } from './name.ts';
import type { Attribute } from './name.ts';
import { keyAlgorithmNumber, keyKind, readAlgorithm, readPublicKey, readPublicKeyInfo } from './publicKey.ts';

const extensionRequestOid = '1.2.840.113549.1.9.14';
const alternativeNamesOid = '2.5.29.17';

/**
 * Reads a request for a certificate (RFC 2986) and writes it as OPA writes Go's `x509.CertificateRequest`.
 *
 * @throws BuiltinError where Go refuses it.
 */
export function describeRequest(der: Buffer): RegoObject {
  const whole = new DerReader(der);
  const raw = whole.element(tags.sequence).whole;
  if (!whole.isEmpty) malformed('certificate request: trailing data');
  const outer = new DerReader(raw).inside(tags.sequence);
  const signedPart = outer.element(tags.sequence).whole;
  const algorithm = readAlgorithm(outer.inside(tags.sequence));
  const signature = rightAligned(outer.bitString());
  const reader = new DerReader(signedPart).inside(tags.sequence);
  const version = reader.int64();
  const rawSubject = reader.any().whole;
  const rawKeyInfo = reader.element(tags.sequence).whole;
  const keyInfo = readPublicKeyInfo(new DerReader(rawKeyInfo).inside(tags.sequence));
  const kind = keyKind(keyInfo.algorithm);
  const attributes = readAttributes(reader);
  const extensions = readRequestedExtensions(attributes);
  const names = extensions.findLast(({ id }) => id.join('.') === alternativeNamesOid);
  return struct({
    Raw: base64(raw),
    RawTBSCertificateRequest: base64(signedPart),
    RawSubjectPublicKeyInfo: base64(rawKeyInfo),
    RawSubject: base64(rawSubject),
    Version: integerValue(version),
    Signature: base64(signature),
    SignatureAlgorithm: signatureAlgorithm(algorithm)?.number ?? 0,
    PublicKeyAlgorithm: keyAlgorithmNumber(kind),
    PublicKey: writePublicKey(kind === 'x25519' ? undefined : readPublicKey(keyInfo)),
    Subject: writeName(readLenientName(new DerReader(rawSubject).inside(tags.sequence))),
    Attributes: slice(attributes.flatMap(readAttributeSets), (value) => value),
    Extensions: slice(extensions, writeExtension),
    ExtraExtensions: null,
    ...alternativeNameFields(names === undefined ? noAlternativeNames : readAlternativeNames(names.value)),
  });
}

/** The attributes as they are encoded. */
function readAttributes(reader: DerReader): readonly Element[] {
  const list = reader.inside(contextTag(0, 'constructed'));
  const attributes: Element[] = [];
  while (!list.isEmpty) attributes.push(list.any());
  return attributes;
}

/** Runs a reader; what is of another shape than it expects is nothing. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}

/** An attribute as an AttributeTypeAndValueSET, a set of lists of attributes; none where it is of another shape. */
function readAttributeSets({ whole }: Element): readonly Value[] {
  const sets = attempt(() => {
    const attribute = new DerReader(whole).inside(tags.sequence);
    const type = attribute.oid();
    const set = attribute.inside(tags.set);
    const lists: (readonly Attribute[])[] = [];
    while (!set.isEmpty) lists.push(readList(set.inside(tags.sequence)));
    return struct({ Type: type, Value: lists.map((list) => list.map(writeAttribute)) });
  });
  return sets === undefined ? [] : [sets];
}

function readList(reader: DerReader): readonly Attribute[] {
  const attributes: Attribute[] = [];
  while (!reader.isEmpty) {
    const attribute = reader.inside(tags.sequence);
    attributes.push({ type: attribute.oid(), value: readAttributeValue(attribute.any()) });
  }
  return attributes;
}

/** The extensions that the request asks for, each of them once. */
function readRequestedExtensions(attributes: readonly Element[]): readonly Extension[] {
  const extensions = attributes.flatMap(({ whole }) => {
    const values = attempt(() => readExtensionRequest(whole)) ?? [];
    return values.slice(0, 1).flatMap((value) => readExtensionList(new DerReader(value)));
  });
  const names = new Set(extensions.map(({ id }) => id.join('.')));
  return names.size === extensions.length ? extensions : malformed('certificate request: an extension twice');
}

/** The values of an attribute that asks for extensions; none of another attribute. */
function readExtensionRequest(attribute: Buffer): readonly Buffer[] {
  const reader = new DerReader(attribute).inside(tags.sequence);
  const isRequest = reader.oid().join('.') === extensionRequestOid;
  const values = reader.inside(tags.set);
  const found: Buffer[] = [];
  while (!values.isEmpty) found.push(values.any().whole);
  return isRequest ? found : [];
}

function readExtensionList(outer: DerReader): readonly Extension[] {
  const reader = outer.inside(tags.sequence);
  const extensions: Extension[] = [];
  while (!reader.isEmpty) extensions.push(readExtension(reader.inside(tags.sequence)));
  return extensions;
}

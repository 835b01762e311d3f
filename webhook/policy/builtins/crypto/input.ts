import { BuiltinError } from '../types.ts';
import { decodeBase64 } from './base64.ts';
import { readCertificates } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { decodeAllPem, decodePem } from './pem.ts';

const pemStart = '-----BEGIN';

/** A text whose characters are the bytes of its UTF-8. */
export function bytesOfText(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function base64Operand(text: string): Buffer {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new BuiltinError('illegal base64 data');
  return bytes;
}

/** The bytes of a text that is PEM or, when it does not begin so, base64 of PEM or DER. */
export function pemOrBase64(text: string, start = pemStart): Buffer {
  return text.startsWith(start) ? Buffer.from(text) : base64Operand(text);
}

/** The certificates of PEM, of base64 of PEM, or of base64 of DER, one after another. */
export function certificatesOf(text: string): readonly Certificate[] {
  const bytes = pemOrBase64(text);
  return readCertificates(isPem(bytes) ? derOfCertificates(bytes) : bytes);
}

export function isPem(bytes: Buffer, start = pemStart): boolean {
  return bytes.subarray(0, start.length).toString('latin1') === start;
}

function derOfCertificates(pem: Buffer): Buffer {
  const blocks = decodeAllPem(pem.toString('latin1'));
  const other = blocks.find(({ type }) => type !== 'CERTIFICATE');
  if (other !== undefined) throw new BuiltinError(`PEM block type is '${other.type}', expected CERTIFICATE`);
  return Buffer.concat(blocks.map(({ bytes }) => bytes));
}

const requestType = 'CERTIFICATE REQUEST';

/** The DER of a request for a certificate, of PEM or of base64 of PEM or DER. */
export function requestDer(text: string): Buffer {
  const bytes = pemOrBase64(text, `-----BEGIN ${requestType}-----`);
  const found = decodePem(bytes.toString('latin1'));
  if (found !== undefined && found.block.type !== requestType) {
    throw new BuiltinError('invalid PEM-encoded certificate signing request');
  }
  return found?.block.bytes ?? bytes;
}

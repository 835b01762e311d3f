const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Decodes base64 as Go's `base64.StdEncoding` does: padded, ends of lines anywhere; undefined for any other text. */
export function decodeBase64(text: string): Buffer | undefined {
  const digits = text.replaceAll(/[\r\n]/g, '');
  return base64Pattern.test(digits) ? Buffer.from(digits, 'base64') : undefined;
}

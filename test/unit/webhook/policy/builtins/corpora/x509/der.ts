/** Writes DER: what the certificates of the corpora are made of, the right ones and the wrong ones. */
export function element(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const digits = content.length.toString(16);
  const length = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

export const sequence = (...parts: readonly Buffer[]) => element(0x30, ...parts);
export const set = (...parts: readonly Buffer[]) => element(0x31, ...parts);
export const octets = (content: Buffer | string) => element(0x04, content);
export const nothing = element(0x05);
export const yes = element(0x01, Buffer.from([0xff]));

export function integer(value: bigint | number, tag = 0x02): Buffer {
  const number = BigInt(value);
  let size = 1;
  while (BigInt.asIntN(size * 8, number) !== number) size += 1;
  const digits = BigInt.asUintN(size * 8, number)
    .toString(16)
    .padStart(size * 2, '0');
  return element(tag, Buffer.from(digits, 'hex'));
}

export function bits(content: Buffer, unused = 0): Buffer {
  return element(0x03, Buffer.from([unused]), content);
}

export function oid(text: string, tag = 0x06): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const base128 = (value: number): number[] => {
    const low = [value % 128];
    for (let high = Math.floor(value / 128); high > 0; high = Math.floor(high / 128)) low.unshift(0x80 | (high % 128));
    return low;
  };
  return element(tag, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

export const explicit = (number: number, ...parts: readonly Buffer[]) => element(0xa0 | number, ...parts);
export const context = (number: number, content: Buffer | string) => element(0x80 | number, content);

import { DerReader, malformed, readInteger, tags } from './der.ts';

export interface RsaPrivateKey {
  readonly kind: 'rsa';
  readonly modulus: bigint;
  readonly exponent: bigint;
  readonly privateExponent: bigint;
  /** At least two. */
  readonly primes: readonly bigint[];
  /** The private exponent modulo each of the first two primes less one, and the inverse of the second modulo the first. */
  readonly remainders: readonly [dp: bigint, dq: bigint, qInverse: bigint];
}

/** Reads an RSAPrivateKey (RFC 8017 appendix A.1.2) and checks it as Go's crypto/rsa does. */
export function readRsaPrivateKey(der: Buffer): RsaPrivateKey {
  const outer = new DerReader(der);
  const reader = outer.inside(tags.sequence);
  const version = reader.int64();
  const [modulus, exponent, privateExponent, p, q] = [
    reader.integer(),
    reader.int64(),
    reader.integer(),
    reader.integer(),
    reader.integer(),
  ];
  const optional = () => {
    const content = reader.checkedOptional(tags.integer)?.bytes;
    return content === undefined ? undefined : readInteger(content);
  };
  const written = [optional(), optional(), optional()];
  const more = reader.checkedOptional(tags.sequence);
  const additional: bigint[] = [];
  while (more?.isEmpty === false) additional.push(readPrime(more.inside(tags.sequence)));
  const numbers = [modulus, privateExponent, p, q, ...written, ...additional];
  if (!outer.isEmpty || version > 1n || numbers.some((number) => number !== undefined && number <= 0n)) {
    malformed('RSA private key');
  }
  return checkedRsa({ modulus, exponent, privateExponent, primes: [p, q, ...additional] }, written);
}

function readPrime(reader: DerReader): bigint {
  const [prime] = [reader.integer(), reader.integer(), reader.integer()];
  return prime;
}

export type RsaNumbers = Omit<RsaPrivateKey, 'kind' | 'remainders'>;

/**
 * Checks that the numbers belong together, and computes the remainders that are missing.
 *
 * @throws BuiltinError for a key that Go refuses: also one whose primes are too close, or whose exponent is too small.
 */
export function checkedRsa(numbers: RsaNumbers, written: readonly (bigint | undefined)[]): RsaPrivateKey {
  const { modulus, privateExponent, primes } = numbers;
  const [p = 0n, q = 0n] = primes;
  if (!isPublicKey(numbers) || privateExponent >= modulus || primes.some((prime) => prime <= 1n)) malformed('RSA key');
  if (primes.length > 2) return { kind: 'rsa', ...numbers, remainders: computeRemainders(numbers) };
  const [dp, dq, qInverse] = written;
  const isComplete = dp !== undefined && dq !== undefined && qInverse !== undefined;
  const remainders = isComplete ? ([dp, dq, qInverse] as const) : computeRemainders(numbers);
  return isConsistent(numbers, remainders) && isHardToFactor(numbers, p, q)
    ? { kind: 'rsa', ...numbers, remainders }
    : malformed('RSA private key: inconsistent');
}

/** Go's conditions on the public part (`crypto/internal/fips140/rsa`): an odd modulus, an odd exponent of 31 bits. */
export function isPublicKey({ modulus, exponent }: { readonly modulus: bigint; readonly exponent: bigint }): boolean {
  return modulus % 2n === 1n && exponent >= 2n && exponent % 2n === 1n && exponent < 2n ** 31n;
}

function isConsistent(
  { modulus, exponent, privateExponent, primes }: RsaNumbers,
  [dp, dq, qInverse]: RsaPrivateKey['remainders'],
): boolean {
  const [p = 0n, q = 0n] = primes;
  const isInverse = (remainder: bigint, prime: bigint) =>
    prime > 2n && remainder < prime - 1n && (exponent * remainder) % (prime - 1n) === 1n;
  return (
    p < modulus &&
    q < modulus &&
    (p * q) % modulus === 0n &&
    isInverse(dp, p) &&
    isInverse(dq, q) &&
    qInverse < p &&
    (qInverse * q) % p === 1n &&
    privateExponent % (p - 1n) === dp &&
    privateExponent % (q - 1n) === dq
  );
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function isHardToFactor({ modulus, privateExponent }: RsaNumbers, p: bigint, q: bigint): boolean {
  const half = Math.floor(bitLength(modulus) / 2);
  return p !== q && bitLength(p > q ? p - q : q - p) > half - 100 && bitLength(privateExponent) > half;
}

function computeRemainders({ privateExponent, primes }: RsaNumbers): RsaPrivateKey['remainders'] {
  const [p = 0n, q = 0n] = primes;
  const inverse = invert(q, p);
  return p <= 2n || q <= 2n || inverse === undefined
    ? malformed('RSA private key: primes')
    : [privateExponent % (p - 1n), privateExponent % (q - 1n), inverse];
}

/** The inverse of a number modulo another, by Euclid; undefined where they have a common factor. */
export function invert(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b] = [modulus, value % modulus];
  let [x, y] = [0n, 1n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? ((x % modulus) + modulus) % modulus : undefined;
}

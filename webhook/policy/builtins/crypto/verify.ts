import { isArray, isNumber, RegoSet } from '../../value/value.ts';
import type { RegoObject, Value } from '../../value/value.ts';
import { int64 } from '../operands.ts';
import { BuiltinError } from '../types.ts';
import type { BuiltinContext } from '../types.ts';
import { verifyChain } from './chain.ts';
import type { VerifyOptions } from './chain.ts';
import type { Certificate } from './certificate.ts';
import { certificatesOf } from './input.ts';

/** The names that OPA has for Go's `x509.ExtKeyUsage`, in the order of its numbers. */
const usageNames = [
  'KeyUsageAny',
  'KeyUsageServerAuth',
  'KeyUsageClientAuth',
  'KeyUsageCodeSigning',
  'KeyUsageEmailProtection',
  'KeyUsageIPSECEndSystem',
  'KeyUsageIPSECTunnel',
  'KeyUsageIPSECUser',
  'KeyUsageTimeStamping',
  'KeyUsageOCSPSigning',
  'KeyUsageMicrosoftServerGatedCrypto',
  'KeyUsageNetscapeServerGatedCrypto',
  'KeyUsageMicrosoftCommercialCodeSigning',
  'KeyUsageMicrosoftKernelCodeSigning',
];

export function defaultOptions({ nowNanoseconds }: BuiltinContext): VerifyOptions {
  return { nowNanoseconds, host: '', usages: [] };
}

/**
 * Reads the options of `crypto.x509.parse_and_verify_certificates_with_options`.
 *
 * @throws BuiltinError for an option that OPA does not know or cannot read. `MaxConstraintComparisons` is read and has
 * no effect, as in Go since 1.26.
 */
export function readOptions(options: RegoObject, context: BuiltinContext): VerifyOptions {
  return options.entries.reduce((read, [key, value]) => {
    // OPA passes over a key that is no text.
    if (typeof key !== 'string') return read;
    switch (key) {
      case 'DNSName':
        return { ...read, host: readText(value) };
      case 'CurrentTime':
        return { ...read, nowNanoseconds: readInteger(value) };
      case 'MaxConstraintComparisons':
        readInteger(value);
        return read;
      case 'KeyUsages':
        return { ...read, usages: readUsages(value) };
      default:
        throw new BuiltinError('invalid key option');
    }
  }, defaultOptions(context));
}

function readText(value: Value): string {
  if (typeof value !== 'string') throw new BuiltinError("'DNSName' should be a string");
  return value.replace(/^"+/, '').replace(/"+$/, '');
}

function readInteger(value: Value): bigint {
  const integer = isNumber(value) ? int64(value) : undefined;
  if (integer === undefined) throw new BuiltinError('the option should be a valid int64 number');
  return integer;
}

function readUsages(value: Value): readonly number[] {
  if (!isArray(value) && !(value instanceof RegoSet)) throw new BuiltinError("'KeyUsages' should be an Array or Set");
  const names = (isArray(value) ? value : value.values).filter((element) => typeof element === 'string').map(readText);
  const usages = names.map((name) => usageNames.indexOf(name));
  if (usages.includes(-1)) throw new BuiltinError("invalid entries for 'KeyUsages' found");
  return usages;
}

/**
 * Verifies certificates, of which the first is the root and the last the leaf.
 *
 * @returns the chain from the leaf to the root, or undefined where there is none.
 */
export function verifiedChain(
  certificates: readonly Certificate[],
  options: VerifyOptions,
): readonly Certificate[] | undefined {
  const [root, leaf] = [certificates[0], certificates.at(-1)];
  if (certificates.length < 2 || root === undefined || leaf === undefined) return undefined;
  return verifyChain(leaf, [root], certificates.slice(1, -1), options);
}

/** The certificates of a text, or undefined where they cannot be read: to OPA that too is a chain that is not valid. */
export function readableCertificates(text: string): readonly Certificate[] | undefined {
  try {
    return certificatesOf(text);
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}

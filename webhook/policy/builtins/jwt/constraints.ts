import { compareNumbers } from '../../value/number.ts';
import { writeNumber } from '../../value/number.ts';
import { isArray, isNumber } from '../../value/value.ts';
import type { RegoObject, Value } from '../../value/value.ts';
import { BuiltinError } from '../types.ts';
import { readVerificationKeys } from './keys.ts';
import type { VerificationKey } from './keys.ts';

/** What a token must keep to; empty texts demand nothing, but for the audience: it must then be for nobody. */
export interface Constraints {
  readonly keys: readonly VerificationKey[];
  readonly algorithm: string;
  readonly issuer: string;
  readonly audience: string;
  /** Nanoseconds since 1970, as OPA has it a double. */
  readonly time: number;
}

const names = ['cert', 'secret', 'alg', 'iss', 'aud', 'time'];

/** @throws BuiltinError for a constraint that OPA does not know or cannot read, and for none or two kinds of keys. */
export function readConstraints(object: RegoObject, nowNanoseconds: bigint): Constraints {
  const unknown = object.entries.find(([name]) => typeof name !== 'string' || !names.includes(name));
  if (unknown !== undefined) throw new BuiltinError('unknown token validation constraint');
  const text = (name: string): string | undefined => {
    const value = object.get(name);
    if (value !== undefined && typeof value !== 'string')
      throw new BuiltinError(`${name} constraint: must be a string`);
    return value;
  };
  const certificate = text('cert');
  const keys = certificate === undefined ? undefined : readVerificationKeys(certificate);
  const secret = text('secret') ?? '';
  if ((keys === undefined) === (secret === '')) throw new BuiltinError('there must be just one key constraint');
  return {
    keys: keys ?? [{ algorithm: '', keyId: '', key: { secret: Buffer.from(secret) } }],
    algorithm: text('alg') ?? '',
    issuer: text('iss') ?? '',
    audience: text('aud') ?? '',
    time: readTime(object.get('time') ?? nowNanoseconds),
  };
}

function readTime(value: Value): number {
  const time = isNumber(value) ? Number(writeNumber(value)) : Number.NaN;
  if (!Number.isFinite(time) || time < 0) throw new BuiltinError('token time constraint: must be a number');
  return time;
}

/**
 * Whether what a token claims keeps to the constraints (RFC 7519 section 4.1).
 *
 * @throws BuiltinError for a claim of another type than it has.
 */
export function keepsTo(payload: RegoObject, { issuer, audience, time }: Constraints): boolean {
  const seconds = time / 1_000_000_000;
  const [expiry, notBefore] = [numberClaim(payload, 'exp'), numberClaim(payload, 'nbf')];
  return (
    isIssuedBy(payload.get('iss'), issuer) &&
    isFor(payload.get('aud'), audience) &&
    (expiry === undefined || compareNumbers(seconds, expiry) < 0) &&
    (notBefore === undefined || compareNumbers(seconds, notBefore) >= 0)
  );
}

function numberClaim(payload: RegoObject, name: string) {
  const value = payload.get(name);
  if (value !== undefined && !isNumber(value)) throw new BuiltinError(`${name} value must be a number`);
  return value;
}

function isIssuedBy(claim: Value | undefined, issuer: string): boolean {
  if (issuer === '' || claim === undefined) return issuer === '';
  if (typeof claim !== 'string') throw new BuiltinError('iss value must be a string');
  return claim === issuer;
}

function isFor(claim: Value | undefined, audience: string): boolean {
  if (claim === undefined) return audience === '';
  return isArray(claim) ? claim.includes(audience) : claim === audience;
}

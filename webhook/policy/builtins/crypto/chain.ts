import type { Certificate } from './certificate.ts';
import { keepsConstraints } from './chainConstraints.ts';
import { isForHost } from './hostname.ts';
import { hasValidPolicies } from './policies.ts';
import { isSignedBy } from './signature.ts';

export interface VerifyOptions {
  readonly nowNanoseconds: bigint;
  /** Empty for any host. */
  readonly host: string;
  /** Go's numbers of extended key usages, any of which will do; 0 stands for all. */
  readonly usages: readonly number[];
}

/** Go's `x509.ExtKeyUsage` for any usage, and for authenticating servers. */
export const anyUsage = 0;
const serverUsage = 1;

/**
 * Builds a chain from a leaf over intermediates to a root and checks it as Go's `Certificate.Verify` does.
 *
 * @returns the first chain that holds, the leaf first; undefined where none does.
 */
export function verifyChain(
  leaf: Certificate,
  roots: readonly Certificate[],
  intermediates: readonly Certificate[],
  options: VerifyOptions,
): readonly Certificate[] | undefined {
  if (!isValid(leaf, 'leaf', [], options)) return undefined;
  if (options.host !== '' && !isForHost(leaf.details.names, options.host)) return undefined;
  const builder = new ChainBuilder(roots, distinct(intermediates), options);
  const chains = roots.some(({ raw }) => raw.equals(leaf.raw)) ? [[leaf]] : builder.build([leaf]).chains;
  const usages = options.usages.length === 0 ? [serverUsage] : options.usages;
  return chains.find(
    (chain) =>
      hasValidPolicies(chain) && (usages.includes(anyUsage) || isForUsage(chain, usages)) && keepsConstraints(chain),
  );
}

type Role = 'leaf' | 'intermediate' | 'root';

/** What can be said of a certificate on top of a chain, apart from its signature (Go `Certificate.isValid`). */
function isValid(certificate: Certificate, role: Role, chain: readonly Certificate[], options: VerifyOptions): boolean {
  const { details, notBefore, notAfter, rawSubject } = certificate;
  const child = chain.at(-1);
  if (details.unhandled.length > 0 || (child !== undefined && !child.rawIssuer.equals(rawSubject))) return false;
  const [start, end] = [notBefore, notAfter].map(({ seconds }) => seconds * 1_000_000_000n) as [bigint, bigint];
  if (options.nowNanoseconds < start || options.nowNanoseconds > end) return false;
  if (role === 'intermediate' && !(details.hasBasicConstraints && details.isAuthority)) return false;
  const isLimited = details.hasBasicConstraints && details.maxPathLength >= 0n;
  return !isLimited || BigInt(chain.length - 1) <= details.maxPathLength;
}

const certificateSigning = 1 << 5;

/** Whether an authority may sign certificates, and signed this one (Go `CheckSignatureFrom`). */
function isIssuedBy(certificate: Certificate, { version, details, publicKey }: Certificate): boolean {
  const { hasBasicConstraints, isAuthority, keyUsage } = details;
  if (hasBasicConstraints ? !isAuthority : version === 3) return false;
  if (keyUsage !== 0 && (keyUsage & certificateSigning) === 0) return false;
  const { signatureAlgorithm, signedPart, signature } = certificate;
  return publicKey !== undefined && isSignedBy(publicKey, signatureAlgorithm, signedPart, signature);
}

/** However many certificates there are, no more signatures are checked. */
const mostChecks = 100;

interface Built {
  readonly chains: readonly (readonly Certificate[])[];
  /** The limit was reached and nothing was found. */
  readonly isExhausted: boolean;
}

class ChainBuilder {
  readonly #roots: readonly Certificate[];
  readonly #intermediates: readonly Certificate[];
  readonly #options: VerifyOptions;
  #checks = 0;

  constructor(roots: readonly Certificate[], intermediates: readonly Certificate[], options: VerifyOptions) {
    this.#roots = roots;
    this.#intermediates = intermediates;
    this.#options = options;
  }

  build(chain: readonly Certificate[]): Built {
    const top = chain.at(-1);
    const chains: (readonly Certificate[])[] = [];
    if (top === undefined) return { chains, isExhausted: false };
    for (const [role, pool] of [
      ['root', this.#roots],
      ['intermediate', this.#intermediates],
    ] as const) {
      for (const candidate of likelyIssuers(top, pool)) {
        const built = this.#extend(chain, top, candidate, role);
        chains.push(...built.chains);
        if (built.isExhausted) return { chains, isExhausted: chains.length === 0 };
      }
    }
    return { chains, isExhausted: false };
  }

  #extend(
    chain: readonly Certificate[],
    top: Certificate,
    candidate: Certificate,
    role: 'root' | 'intermediate',
  ): Built {
    this.#checks += 1;
    if (this.#checks > mostChecks) return { chains: [], isExhausted: true };
    const isFit =
      candidate.publicKey !== undefined &&
      !isInChain(candidate, chain) &&
      isIssuedBy(top, candidate) &&
      isValid(candidate, role, chain, this.#options);
    if (!isFit) return { chains: [], isExhausted: false };
    return role === 'root'
      ? { chains: [[...chain, candidate]], isExhausted: false }
      : this.build([...chain, candidate]);
  }
}

function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  return certificates.filter((one, at) => certificates.findIndex(({ raw }) => raw.equals(one.raw)) === at);
}

/** Certificates of the issuer's name: first those of its key identifier, then those where one of the two has none. */
function likelyIssuers({ rawIssuer, details }: Certificate, pool: readonly Certificate[]): readonly Certificate[] {
  const wanted = details.authorityKeyId ?? Buffer.alloc(0);
  const likelihood = ({ details: { subjectKeyId = Buffer.alloc(0) } }: Certificate) => {
    if (subjectKeyId.equals(wanted)) return 0;
    return (subjectKeyId.length === 0) === (wanted.length === 0) ? 2 : 1;
  };
  return pool.filter(({ rawSubject }) => rawSubject.equals(rawIssuer)).sort((a, b) => likelihood(a) - likelihood(b));
}

const alternativeNamesOid = '2.5.29.17';

/** Whether a certificate of the same subject, key and alternative names is in the chain. */
function isInChain(candidate: Certificate, chain: readonly Certificate[]): boolean {
  const namesOf = ({ extensions }: Certificate) =>
    extensions.find(({ id }) => id.join('.') === alternativeNamesOid)?.value;
  const same = chain.filter(
    ({ rawSubject, rawKeyInfo }) => rawSubject.equals(candidate.rawSubject) && rawKeyInfo.equals(candidate.rawKeyInfo),
  );
  const names = namesOf(candidate);
  for (const certificate of same) {
    const others = namesOf(certificate);
    // Go looks no further at one that has names where the other has none.
    if (names === undefined || others === undefined) return names === others;
    if (names.equals(others)) return true;
  }
  return false;
}

/** Whether each certificate that names usages names one of those asked for, the same all the way down. */
function isForUsage(chain: readonly Certificate[], usages: readonly number[]): boolean {
  const remaining = chain.reduceRight<readonly number[]>((left, { details: { extendedUsages, unknownUsages } }) => {
    const isFree = extendedUsages.length + unknownUsages.length === 0 || extendedUsages.includes(anyUsage);
    return isFree ? left : left.filter((usage) => extendedUsages.includes(usage));
  }, usages);
  return remaining.length > 0;
}

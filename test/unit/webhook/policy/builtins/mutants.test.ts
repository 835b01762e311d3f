import { expect } from 'chai';
import { isEqual } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { documentedSignatures, generatedSignatures } from './corpora/aws.ts';
import { documentedCrypto, generatedCrypto } from './corpora/crypto.ts';
import { documentedTokens, generatedTokens } from './corpora/jwt/jwt.ts';
import { documentedNetworks, generatedNetworks } from './corpora/net.ts';
import { documentedVersions, generatedVersions } from './corpora/semver.ts';
import { documentedTimes, generatedTimes, zonesThroughTime } from './corpora/time.ts';
import { documentedUnits, generatedUnits } from './corpora/units.ts';
import { documentedUuids, generatedUuids } from './corpora/uuid.ts';
import { documentedChains, generatedChains } from './corpora/x509/chains.ts';
import { withMutant } from './mutants.ts';
import type { Answering, Mutant } from './mutants.ts';
import { askOpa, findOpa } from './oracle.ts';
import type { Call } from './oracle.ts';
import { shipZones } from './zones.ts';

/** The calls on which each family is compared with OPA, that of `crypto` in two parts. */
const corpora: Readonly<Record<string, () => readonly Call[]>> = {
  aws: () => [...documentedSignatures, ...generatedSignatures()],
  chains: () => [...documentedChains(), ...generatedChains()],
  crypto: () => [...documentedCrypto(), ...generatedCrypto()],
  jwt: () => [...documentedTokens(), ...generatedTokens()],
  net: () => [...documentedNetworks, ...generatedNetworks()],
  semver: () => [...documentedVersions, ...generatedVersions()],
  time: () => [...documentedTimes, ...generatedTimes(), ...zonesThroughTime()],
  units: () => [...documentedUnits, ...generatedUnits()],
  uuid: () => [...documentedUuids, ...generatedUuids()],
};

const mutants: readonly Mutant[] = [
  {
    name: 'takes each hundredth year for a leap year',
    family: 'time',
    file: 'time/calendar.ts',
    from: '(year % 100 !== 0 || year % 400 === 0)',
    to: 'year % 100 !== 0.5',
  },
  {
    name: 'changes the clocks in the fourth week where the last one is meant',
    family: 'time',
    file: 'time/rule.ts',
    from: 'Math.min(week - 1,',
    to: 'Math.min(3, week - 1,',
  },
  {
    name: 'rounds the fraction of a duration',
    family: 'time',
    file: 'time/duration.ts',
    from: 'BigInt(Math.trunc(',
    to: 'BigInt(Math.round(',
  },
  {
    name: 'reads an offset of one second to the west',
    family: 'time',
    file: 'time/parse.ts',
    from: 'isUtc === true || offset === -1 ? 0',
    to: 'isUtc === true ? 0',
  },
  {
    name: 'leaves networks apart that touch',
    family: 'net',
    file: 'net/merge.ts',
    from: 'previous(range.first) > before.last',
    to: 'range.first > before.last',
  },
  {
    name: 'writes :: for a single group of zeros',
    family: 'net',
    file: 'net/network.ts',
    from: 'return length < 2 ?',
    to: 'return length < 1 ?',
  },
  {
    name: 'takes a small m for a million',
    family: 'units',
    file: 'units.ts',
    from: "unit === 'm' ? thousandth",
    to: "unit === 'nothing' ? thousandth",
  },
  {
    name: 'orders the numbers of a pre-release as words',
    family: 'semver',
    file: 'semver.ts',
    from: 'return order(clamp(left), clamp(right));',
    to: 'return order(a, b);',
  },
  {
    name: 'swaps the bits of local and multicast',
    family: 'uuid',
    file: 'uuid.ts',
    from: '& 2) === 0',
    to: '& 1) === 0',
  },
  {
    name: 'takes lengths of DER that are not the shortest',
    family: 'crypto',
    file: 'crypto/der.ts',
    from: 'return isShortest ?',
    to: 'return length >= 0 ?',
  },
  {
    name: 'lets SHA-1 sign certificates',
    family: 'crypto',
    corpus: 'chains',
    file: 'crypto/signature.ts',
    from: " || algorithm.hash === 'sha1'",
    to: '',
  },
  {
    name: 'lets one more authority stand below a limited one',
    family: 'crypto',
    corpus: 'chains',
    file: 'crypto/chain.ts',
    from: 'BigInt(chain.length - 1)',
    to: 'BigInt(chain.length - 2)',
  },
  {
    name: 'lets certificates sign that are no authorities',
    family: 'crypto',
    corpus: 'chains',
    file: 'crypto/chain.ts',
    from: 'if (hasBasicConstraints ? !isAuthority : version === 3) return false;',
    to: '',
  },
  {
    name: 'keeps excluded domains from their own names only',
    family: 'crypto',
    corpus: 'chains',
    file: 'crypto/subtrees.ts',
    from: 'if (!child.endsWith(parent)) return false;',
    to: 'if (child !== parent) return false;',
  },
  {
    name: 'does not demand a policy where one is demanded',
    family: 'crypto',
    corpus: 'chains',
    file: 'crypto/policies.ts',
    from: 'return chain.length === 1 || !isExplicit',
    to: 'return chain.length >= 1 || !isExplicit',
  },
  {
    name: 'verifies by keys that are for another algorithm',
    family: 'jwt',
    file: 'jwt/verify.ts',
    from: "(key.algorithm === '' || key.algorithm === algorithm)",
    to: 'true',
  },
  {
    name: 'lets a token for somebody through where nobody is asked for',
    family: 'jwt',
    file: 'jwt/constraints.ts',
    from: 'return isArray(claim) ?',
    to: "return audience === '' ? true : isArray(claim) ?",
  },
  {
    name: 'passes over what a token declares critical',
    family: 'jwt',
    file: 'jwt/token.ts',
    from: '!unknown.some((name) => critical.has(name))',
    to: 'true',
  },
  {
    name: 'lets a token live for the second in which it ends',
    family: 'jwt',
    file: 'jwt/constraints.ts',
    from: 'compareNumbers(seconds, expiry) < 0',
    to: 'compareNumbers(seconds, expiry) <= 0',
  },
  {
    name: 'signs the headers that proxies change',
    family: 'aws',
    file: 'aws.ts',
    from: 'if (!unsignedHeaders.includes(lower))',
    to: 'if (lower !== unsignedHeaders[0])',
  },
];

describe('policy/builtins mutants', function () {
  this.timeout(600_000);
  shipZones();
  const expectations = new Map<string, readonly (readonly [Call, Value | undefined])[]>();

  /** The first call that is answered otherwise than by OPA. */
  function findCaught(answer: Answering, corpus: string): Call | undefined {
    return expectations.get(corpus)!.find(([call, opa]) => !isSame(answer(call), opa))?.[0];
  }

  before(async () => {
    const opa = await findOpa();
    for (const [name, corpus] of Object.entries(corpora)) {
      const calls = corpus();
      const answers = await askOpa(opa, calls);
      expectations.set(
        name,
        calls.map((call, at) => [call, answers[at]] as const),
      );
    }
  });

  it('are of each corpus', () => {
    expect(new Set(mutants.map(corpusOf))).to.deep.equal(new Set(Object.keys(corpora)));
  });

  for (const mutant of mutants) {
    it(`notices code that ${mutant.name}`, async () => {
      const caught = await withMutant(mutant, (answer) => findCaught(answer, corpusOf(mutant)));
      expect(caught, `survived: ${mutant.name}`).not.to.equal(undefined);
    });
  }

  it('is not fooled by a change that changes nothing, nor by one whose source is gone', async () => {
    const harmless = {
      name: 'is the same',
      family: 'units',
      file: 'units.ts',
      from: "const prefixes = ['k',",
      to: "const prefixes = [ 'k',",
    };
    expect(await withMutant(harmless, (answer) => findCaught(answer, 'units'))).to.equal(undefined);
    const gone = await withMutant({ ...harmless, from: 'nowhere to be found' }, () => 'used').catch(String);
    expect(gone).to.contain('does not have once');
  });
});

function corpusOf({ corpus, family }: Mutant): string {
  return corpus ?? family;
}

function isSame(a: Value | undefined, b: Value | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isEqual(a, b);
}

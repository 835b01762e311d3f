import { expect } from 'chai';
import { jwt } from '../../../../../webhook/policy/builtins/jwt.ts';
import { declareAgreement } from './agreement.ts';
import { documentedTokens, generatedTokens } from './corpora/jwt/jwt.ts';
import { certificateOf, privateJwks } from './corpora/jwt/keys.ts';
import { answer, askOpa, findOpa } from './oracle.ts';
import type { Call } from './oracle.ts';

/** Algorithms whose signatures are different each time, with the key for each. */
const random = [
  ['PS256', 'rsa'],
  ['PS384', 'rsa'],
  ['ES256', 'p256'],
  ['ES256', 'p384'],
  ['ES384', 'p384'],
  ['ES512', 'p521'],
] as const;

describe('policy/builtins jwt', function () {
  this.timeout(600_000);
  declareAgreement(jwt, { documented: documentedTokens(), generated: generatedTokens() });

  it('signs what OPA verifies, and verifies what OPA signs, where signatures differ each time', async () => {
    const opa = await findOpa();
    const signing = random.map(([alg, key]): Call => {
      return {
        name: 'io.jwt.encode_sign_raw',
        args: [JSON.stringify({ alg }), '{}', JSON.stringify(privateJwks[key])],
      };
    });
    const verifying = (tokens: readonly unknown[]) =>
      random.map(([alg, key], at): Call => {
        return { name: `io.jwt.verify_${alg.toLowerCase()}`, args: [tokens[at] as string, certificateOf(key)] };
      });
    const ours = signing.map((call) => answer(jwt, call));
    const theirs = await askOpa(opa, signing);
    expect(await askOpa(opa, verifying(ours))).to.deep.equal(random.map(() => true));
    expect(verifying(theirs).map((call) => answer(jwt, call))).to.deep.equal(random.map(() => true));
  });
});

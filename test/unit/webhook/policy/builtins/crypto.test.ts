import { crypto } from '../../../../../webhook/policy/builtins/crypto.ts';
import { declareAgreement } from './agreement.ts';
import { documentedCrypto, generatedCrypto } from './corpora/crypto.ts';
import { documentedChains, generatedChains } from './corpora/x509/chains.ts';

describe('policy/builtins crypto', function () {
  this.timeout(600_000);
  declareAgreement(crypto, {
    documented: [...documentedCrypto(), ...documentedChains()],
    generated: [...generatedCrypto(), ...generatedChains()],
  });
});

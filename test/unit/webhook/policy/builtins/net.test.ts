import { net } from '../../../../../webhook/policy/builtins/net.ts';
import { declareAgreement } from './agreement.ts';
import { documentedNetworks, generatedNetworks } from './corpora/net.ts';

describe('policy/builtins net', function () {
  this.timeout(600_000);
  declareAgreement(net, { documented: documentedNetworks, generated: generatedNetworks() });
});

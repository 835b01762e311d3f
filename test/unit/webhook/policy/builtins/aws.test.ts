import { aws } from '../../../../../webhook/policy/builtins/aws.ts';
import { declareAgreement } from './agreement.ts';
import { documentedSignatures, generatedSignatures } from './corpora/aws.ts';

describe('policy/builtins aws', function () {
  this.timeout(600_000);
  declareAgreement(aws, { documented: documentedSignatures, generated: generatedSignatures() });
});

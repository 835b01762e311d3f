import { units } from '../../../../../webhook/policy/builtins/units.ts';
import { declareAgreement } from './agreement.ts';
import { documentedUnits, generatedUnits } from './corpora/units.ts';

describe('policy/builtins units', function () {
  this.timeout(600_000);
  declareAgreement(units, { documented: documentedUnits, generated: generatedUnits() });
});

import { semver } from '../../../../../webhook/policy/builtins/semver.ts';
import { declareAgreement } from './agreement.ts';
import { documentedVersions, generatedVersions } from './corpora/semver.ts';

describe('policy/builtins semver', function () {
  this.timeout(600_000);
  declareAgreement(semver, { documented: documentedVersions, generated: generatedVersions() });
});

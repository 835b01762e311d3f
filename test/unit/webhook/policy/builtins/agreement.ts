import type { Builtin } from '../../../../../webhook/policy/builtins/types.ts';
import { expectAgreement, findOpa } from './oracle.ts';
import type { Call } from './oracle.ts';

/** What a family of built-ins is compared on: what is documented or known to be hard, and what is generated. */
export interface Corpus {
  readonly documented: readonly Call[];
  readonly generated: readonly Call[];
}

/** Declares a test for each built-in of the corpus: it answers as OPA does. To be called within `describe`. */
export function declareAgreement(builtins: Readonly<Record<string, Builtin>>, corpus: Corpus): void {
  let opa = '';
  before(async () => {
    opa = await findOpa();
  });

  it('answers as OPA: documented and hostile arguments', async () => {
    await expectAgreement(opa, builtins, corpus.documented);
  });
  for (const [name, calls = []] of Object.entries(Object.groupBy(corpus.generated, (call) => call.name))) {
    it(`answers as OPA: ${name}, generated`, async () => {
      await expectAgreement(opa, builtins, calls);
    });
  }
}

import { expect } from 'chai';
import type { Builtin } from '../../../../../webhook/policy/builtins/types.ts';
import { readTerm } from '../../../../../webhook/policy/value/text.ts';
import { answer, expectAgreement } from './oracle.ts';

/** A call and its result, as Rego terms: name, list of arguments, undefined for an undefined result. */
export type Example = readonly [name: string, args: string, result: string | undefined];

/** Specifies built-ins by examples, which the real OPA has to answer in the same way. */
export function itAnswersExamples(
  builtins: Readonly<Record<string, Builtin>>,
  examples: readonly Example[],
  opa: () => string,
): void {
  for (const [name, args, result] of examples) {
    it(`${name}(${args.slice(1, -1)}) is ${result ?? 'undefined'}`, () => {
      const expected = result === undefined ? undefined : readTerm(result);
      expect(answer(builtins, { name, args: readTerm(args) as [] })).to.deep.equal(expected);
    });
  }

  it('answers the examples as OPA does', async () => {
    await expectAgreement(
      opa(),
      builtins,
      examples.map(([name, args]) => ({ name, args: readTerm(args) as [] })),
    );
  });
}

import { expect } from 'chai';
import { describeProblem } from '../../../../../runtime/problem.ts';
import { asProblem, lineOf, readErrors, readPrintedErrors } from '../../../../../webhook/policy/compile/problems.ts';

const files = [{ name: 'owner.rego', text: 'package shop\r\n\r\ndeny contains x if y\r\n' }];
const names = { allowed: ['sprintf', 'count'], refused: { 'http.send': 'it reaches out' } };

function printed(...errors: readonly (readonly [row: number, col: number, message: string, code?: string])[]): string {
  return JSON.stringify({
    errors: errors.map(([row, col, message, code]) => ({ message, code, location: { file: 'owner.rego', row, col } })),
  });
}

describe('policy/compile/problems', () => {
  it('reads each error with its place, its message and the offending line', () => {
    expect(readErrors(printed([3, 20, 'var y is unsafe', 'rego_unsafe_var_error']), files, names)).to.deep.equal([
      {
        code: 'InvalidRego',
        file: 'owner.rego',
        line: 3,
        column: 20,
        message: 'rego_unsafe_var_error: var y is unsafe',
        source: 'deny contains x if y',
      },
    ]);
  });

  it('tells a refused built-in from an unknown one, and says why or which was meant', () => {
    const text = printed(
      [3, 1, 'undefined function http.send'],
      [3, 1, 'undefined function sprntf'],
      [3, 1, 'undefined function data.lib.zzz'],
    );
    const problems = readErrors(text, files, names) ?? [];
    expect(problems.map(({ code, message }) => [code, message])).to.deep.equal([
      ['ForbiddenBuiltin', 'undefined function http.send: a policy may not call it: it reaches out'],
      ['InvalidRego', 'undefined function sprntf; did you mean sprintf?'],
      ['InvalidRego', 'undefined function data.lib.zzz'],
    ]);
    // No member of every object: it is no name that was refused.
    expect(readErrors(printed([3, 1, 'undefined function constructor']), files, names)).to.have.nested.property(
      '[0].code',
      'InvalidRego',
    );
  });

  it('says each thing once, and stops at 50', () => {
    const twice = printed([3, 1, 'illegal token'], [3, 1, 'illegal token']);
    expect(readErrors(twice, files, names)).to.have.length(1);
    const many = Array.from({ length: 80 }, (_, at) => [3, at, 'illegal token'] as const);
    expect(readErrors(printed(...many), files, names)).to.have.length(50);
  });

  it('keeps an error that names no place', () => {
    const text = JSON.stringify({ errors: [{ message: 'stat x: no such file' }] });
    expect(readErrors(text, files, names)).to.deep.equal([
      { code: 'InvalidRego', file: '', line: 0, column: 0, message: 'stat x: no such file', source: '' },
    ]);
  });

  it('knows when there is nothing of the kind to read', () => {
    for (const text of ['', '{}', '{"errors": []}', 'fatal error', '{"errors": 1}']) {
      expect(readErrors(text, files, names), text).to.equal(undefined);
    }
  });

  it('reads what build and test print as text', () => {
    const text =
      'error: 2 errors occurred:\nowner.rego:3: rego_type_error: undefined function http.send\n' +
      'owner.rego:1: rego_compile_error: x\n\thave: y\n';
    expect(readPrintedErrors(text, files, names).map(({ code, line }) => [code, line])).to.deep.equal([
      ['ForbiddenBuiltin', 3],
      ['InvalidRego', 1],
    ]);
    const one = '1 error occurred during loading: owner.rego:3: rego_parse_error: max parsing recursion depth exceeded';
    expect(readPrintedErrors(one, files, names)).to.have.nested.property('[0].source', 'deny contains x if y');
    const whole = 'error: entrypoint "shop/warn" does not refer to a rule or policy decision';
    expect(readPrintedErrors(whole, files, names)).to.deep.include({
      code: 'InvalidRego',
      file: '',
      line: 0,
      column: 0,
      message: 'entrypoint "shop/warn" does not refer to a rule or policy decision',
      source: '',
    });
  });

  it('cuts the offending line at 200 characters, and has none for a place that is not there', () => {
    const long = [{ name: 'a.rego', text: 'x'.repeat(1_000) }];
    expect(lineOf(long, 'a.rego', 1)).to.have.length(200);
    expect([lineOf(long, 'a.rego', 2), lineOf(long, 'b.rego', 1), lineOf(long, 'a.rego', 0)]).to.deep.equal([
      '',
      '',
      '',
    ]);
  });

  it('is shown in one line beside the other mistakes of a ConfigMap', () => {
    const [problem] = readErrors(printed([3, 20, 'var y\nis unsafe']), files, names) ?? [];
    expect(describeProblem(asProblem(problem!))).to.equal(
      'owner.rego:3:20: "deny contains x if y" is not valid: var y is unsafe. [InvalidRego]',
    );
    const whole = { code: 'CompileLimit', file: '', line: 0, column: 0, message: 'too long', source: '' } as const;
    expect(describeProblem(asProblem(whole))).to.equal('the policy: "" is not valid: too long. [CompileLimit]');
  });
});

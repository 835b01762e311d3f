import { expect } from 'chai';
import { moduleOf } from '../../../../../../settings/policies/gatekeeper/rego/module.ts';

describe('settings/policies/gatekeeper/rego/module', () => {
  it('puts the template into a package of its own, whatever it calls itself, with every line where it was', () => {
    const rego = '# about\npackage lib.odd["x y"] # here\n\nviolation[{"msg": "no"}] { true }\n';
    const { files } = moduleOf(rego, [], 'v0');
    expect(files.find(({ name }) => name === 'template.rego')?.text).to.equal(
      '# about\npackage template # here\n\nviolation[{"msg": "no"}] { true }\n',
    );
  });

  it('has the libs as they are, in the order of names, and answers for the template', () => {
    const source = moduleOf('package a', ['package lib.a', 'package lib.b'], 'v1');
    expect(source.files.map(({ name }) => name)).to.deep.equal([
      'gatekeeper.rego',
      'lib-0.rego',
      'lib-1.rego',
      'template.rego',
    ]);
    expect(source.files[1]?.text).to.equal('package lib.a');
    expect(source.entrypoints).to.deep.equal(['gatekeeper/violation']);
    expect(source.regoVersion).to.equal('v1');
  });
});

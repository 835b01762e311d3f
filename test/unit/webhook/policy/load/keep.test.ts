import { expect } from 'chai';
import { keepPolicy } from '../../../../../webhook/policy/load/keep.ts';

const metadata = {
  namespace: 'shop',
  name: 'owners',
  labels: { 'remora.dev/policy': 'true' },
  annotations: { 'remora.dev/policy-kinds': 'Pod' },
};
const data = { 'owner.rego': 'package shop\n\ndeny contains "no" if input.object.x\n' };

describe('policy/load: what is kept of a policy ConfigMap', () => {
  it('is its document, read once', () => {
    const kept = keepPolicy({ metadata, data });
    expect(kept).to.deep.include({ namespace: 'shop', name: 'owners' });
    expect(kept.read).to.have.nested.property('document.files[0].text', data['owner.rego']);
  });

  it('is its problems, when it was stored broken', () => {
    const { read } = keepPolicy({ metadata: { ...metadata, annotations: {} }, data });
    expect(read).to.have.nested.property('problems[0].code', 'PolicyIncomplete');
  });

  it('is a problem too when it holds nothing, or bytes', () => {
    for (const configMap of [{ metadata }, { metadata, data: null }, { metadata, binaryData: { 'a.rego': 'AA==' } }]) {
      expect(keepPolicy(configMap).read.outcome).to.equal('refused');
    }
  });
});

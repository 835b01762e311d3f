import { expect } from 'chai';
import { rebased } from '../../e2e/harness/references.ts';

describe('harness/references', () => {
  it('moves shipped images and test apps under another prefix', () => {
    const move = (reference: string): string => rebased(reference, 'docker.io/remora', 'mirror.example/team/remora');
    expect(move('docker.io/remora/remora:1')).to.equal('mirror.example/team/remora/remora:1');
    expect(move('docker.io/remora-test/node:1')).to.equal('mirror.example/team/remora-test/node:1');
    expect(move('quay.example/other:1')).to.equal('quay.example/other:1');
  });
});

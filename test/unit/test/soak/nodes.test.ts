import { expect } from 'chai';
import { byReason, difference } from '../../../soak/nodes/counts.ts';
import { isSpread } from '../../../soak/nodes/placement.ts';
import { faultsIn, type Seen } from '../../../soak/nodes/traffic.ts';

describe('soak nodes: what it looks at', () => {
  const nodes = ['node1', 'node2'];
  const whole: Seen = {
    'service remora-webhook': { '405 use POST': 20 },
    'replica remora-webhook on node2': { '405 use POST': 3 },
    'service remora-collector': { '200 {"partialSuccess":{}}': 3 },
    'pod on node1': { '200 node1': 3 },
    'pod on node2': { '200 node2': 3 },
    'service probe': { '200 node2': 18, '200 node1': 22 },
    'service probe-local': { '200 node1': 10 },
    'closed port': { ECONNREFUSED: 1 },
  };

  it('finds no fault with traffic that reaches everything', () => {
    expect(faultsIn(whole, 'node1', nodes)).to.deep.equal([]);
  });

  for (const [target, answers] of [
    ['service remora-webhook', { '405 use POST': 19, timeout: 1 }],
    ['replica remora-webhook on node2', { SELF_SIGNED_CERT_IN_CHAIN: 3 }],
    ['service remora-collector', { ECONNREFUSED: 3 }],
    ['pod on node2', { timeout: 3 }],
    ['service probe', { '200 node1': 40 }],
    ['service probe-local', { '200 node1': 9, '200 node2': 1 }],
    ['closed port', { '200 node1': 1 }],
  ] as const) {
    it(`finds fault with ${target} when it answers ${JSON.stringify(answers)}`, () => {
      expect(faultsIn({ ...whole, [target]: answers }, 'node1', nodes))
        .to.have.length(1)
        .and.to.have.nested.property('[0]')
        .that.contains(target);
    });
  }

  it('finds fault with a target that was not asked', () => {
    const { 'pod on node2': left, ...rest } = whole;
    expect(left).to.be.an('object');
    expect(faultsIn(rest, 'node1', nodes)).to.have.length(1);
  });

  it('takes replicas for spread when each node has one', () => {
    expect(isSpread(['node1', 'node2'], nodes)).to.equal(true);
    expect(isSpread(['node1', 'node1'], nodes)).to.equal(false);
    expect(isSpread([], nodes)).to.equal(false);
  });

  it('counts refusals by what refused', () => {
    const refusals = [
      `2026-11-25T04:00:00.000Z Forbidden: pods "a" is forbidden: ValidatingAdmissionPolicy 'zz-remora' with binding`,
      '2026-11-25T04:00:01.000Z Unexpected: failed calling webhook "pods.prove.remora.dev": deadline',
      '2026-11-25T04:00:02.000Z Unavailable: no answer within 15000 ms',
    ];
    expect(byReason(refusals)).to.deep.equal({
      "ValidatingAdmissionPolicy 'zz-remora'": 1,
      'failed calling webhook "pods.prove.remora.dev"': 1,
      Unavailable: 1,
    });
  });

  it('tells how much counters rose', () => {
    expect(difference({ a: 5, b: 2 }, { a: 3, b: 2 })).to.deep.equal({ a: 2, b: 0 });
  });
});

import { expect } from 'chai';
import { answerVerdicts } from '../../../../../webhook/policy/answer/answer.ts';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';

const owners = { namespace: 'remora-system', name: 'owners', title: 'remora-system/owners' };

function verdict(more: Partial<Verdict>, ...messages: readonly string[]): Verdict {
  const violations = messages.map((message) => ({ message, details: {} }));
  return {
    policy: owners,
    enforcement: 'deny',
    onFailure: 'allow',
    evaluation: { outcome: 'evaluated', violations },
    ...more,
  };
}

const ranAway = { outcome: 'failed', code: 'PolicyTimeout', message: 'took longer than 500 ms' } as const;

describe('policy/answer', () => {
  it('lets pass what violates nothing', () => {
    expect(answerVerdicts([verdict({}), verdict({ enforcement: 'warn' })])).to.deep.equal({
      outcome: 'allowed',
      patch: [],
      warnings: [],
      auditAnnotations: {},
    });
  });

  it('refuses with every violation, headed by its policy, and says how to see the policy', () => {
    const label = { namespace: 'shop', name: 'labels', title: 'must-have-label' };
    const response = answerVerdicts([verdict({}, 'no owner', 'no team'), verdict({ policy: label }, 'no label')]);
    expect(response).to.include({ outcome: 'denied', code: 'PolicyViolated', status: 403 });
    expect(response.outcome === 'denied' && response.message.split('\n')).to.deep.equal([
      '[remora-system/owners] no owner',
      '[remora-system/owners] no team',
      '[must-have-label] no label',
      'To see it: kubectl -n remora-system get configmap owners -o yaml (and 1 more). docs/errors.md#policyviolated',
    ]);
    expect(response.auditAnnotations).to.deep.equal({
      code: 'PolicyViolated',
      'policies-deny': 'remora-system/owners,shop/labels',
    });
  });

  it('warns for warn, and shows a user nothing of dryrun', () => {
    const response = answerVerdicts([
      verdict({ enforcement: 'warn' }, 'better not'),
      verdict({ enforcement: 'dryrun' }, 'would be refused'),
    ]);
    expect(response).to.deep.include({ outcome: 'allowed', warnings: ['[remora-system/owners] better not'] });
    expect(response.auditAnnotations).to.deep.equal({
      'policies-warn': 'remora-system/owners',
      'policies-dryrun': 'remora-system/owners',
    });
  });

  it('lets pass with a warning where a policy cannot answer and does not say deny', () => {
    const response = answerVerdicts([verdict({ evaluation: ranAway })]);
    expect(response.outcome).to.equal('allowed');
    expect(response.warnings).to.deep.equal([
      '[remora-system/owners] could not be evaluated: took longer than 500 ms [PolicyTimeout]; ' +
        'it lets pass what it cannot judge (on-failure: allow) [PolicyFailed]',
    ]);
    expect(response.auditAnnotations).to.deep.equal({ 'policies-failed': 'remora-system/owners' });
  });

  it('refuses where a policy cannot answer and says deny; never for warn or dryrun', () => {
    const response = answerVerdicts([verdict({ evaluation: ranAway, onFailure: 'deny' })]);
    expect(response).to.include({ outcome: 'denied', code: 'PolicyFailed' });
    for (const enforcement of ['warn', 'dryrun'] as const) {
      const softer = answerVerdicts([verdict({ evaluation: ranAway, onFailure: 'deny', enforcement })]);
      expect(softer.outcome).to.equal('allowed');
      expect(softer.warnings).to.have.length(enforcement === 'warn' ? 1 : 0);
    }
  });

  it('cuts long messages and long lists, and says how many are left out', () => {
    const response = answerVerdicts([
      verdict({}, ...Array.from({ length: 50 }, (_, at) => `${at} ${'é'.repeat(900)}`)),
    ]);
    const lines = response.outcome === 'denied' ? response.message.split('\n') : [];
    expect(lines).to.have.length(22);
    expect(lines[20]).to.equal('and 30 more; the audit lists them all');
    expect(Array.from(lines[0] ?? '').length).to.be.at.most(530);
  });

  it('adds what would pass, before how to see the policy', () => {
    const response = answerVerdicts([verdict({}, 'no owner')], 'This would pass:\nmetadata:\n  labels: {}');
    expect(response.outcome === 'denied' && response.message).to.match(/no owner\nThis would pass:[^]*\nTo see it/);
  });
});

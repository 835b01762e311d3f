import { expect } from 'chai';
import { removeFromAdmission } from '../../../../control/removal/gate.ts';
import type { KubeClient, KubeFailure } from '../../../../kube/types.ts';

const forbidden: KubeFailure = { outcome: 'failed', code: 'Forbidden', message: 'no' };
const gone: KubeFailure = { outcome: 'failed', code: 'NotFound', message: 'gone' };

/** Runs the removal against an API server that answers by `failureOf`, and says what happened in which order. */
async function run(
  failureOf: (plural: string) => KubeFailure | undefined,
): Promise<{ readonly steps: readonly string[]; readonly failures: readonly KubeFailure[] }> {
  const steps: string[] = [];
  const client: Pick<KubeClient, 'delete'> = {
    delete: ({ plural }, { name }) => {
      steps.push(`${plural}/${name}`);
      return Promise.resolve(failureOf(plural) ?? { outcome: 'ok', value: undefined });
    },
  };
  const wait = (ms: number): Promise<void> => Promise.resolve(void steps.push(`wait ${ms}`));
  const failures = await removeFromAdmission(client as KubeClient, { now: () => 0, wait });
  return { steps, failures };
}

const refusing = [
  'validatingadmissionpolicybindings/zz-remora',
  'validatingadmissionpolicybindings/zz-remora-optin',
  'validatingadmissionpolicies/zz-remora',
  'validatingadmissionpolicies/zz-remora-optin',
  'validatingwebhookconfigurations/zz-remora-policies',
  'validatingwebhookconfigurations/zz-remora',
];

describe('removal from admission', () => {
  it('takes away what refuses, waits until API servers know, and then what injects', async () => {
    const { steps, failures } = await run(() => undefined);
    expect(steps).to.deep.equal([...refusing, 'wait 3000', 'mutatingwebhookconfigurations/zz-remora']);
    expect(failures).to.deep.equal([]);
  });

  it('goes on injecting while something still refuses', async () => {
    const { steps, failures } = await run((plural) =>
      plural === 'validatingadmissionpolicies' ? forbidden : undefined,
    );
    expect(steps).to.deep.equal(refusing);
    expect(failures).to.deep.equal([forbidden, forbidden]);
  });

  it('takes what is gone already for done', async () => {
    expect((await run(() => gone)).failures).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { preview } from '../../../../webhook/plan/features.ts';
import { containerOf, factsOf, podOf, settingsOf } from '../support/scenario.ts';

describe('preview of an injection', () => {
  it('says what would go where, and what would be left out and why', () => {
    const pod = podOf({ containers: [containerOf(), containerOf({ name: 'worker' })] });
    const lines = preview(pod, settingsOf(), factsOf());
    expect(lines[0]).to.equal('Remora would inject telemetry (node, java) into containers web, worker');
    expect(lines[1]).to.match(
      /^Remora would leave out telemetry python of containers web, worker: .*\[ImageConfigurationUnknown\]$/,
    );
    expect(lines).to.have.length(2);
  });

  it('says that a container gets variables only', () => {
    const pod = podOf({ containers: [containerOf({ envFrom: [{ prefix: 'NODE_', secretRef: { name: 's' } }] })] });
    expect(preview(pod, settingsOf(['node']), factsOf())[0]).to.equal(
      'Remora would inject telemetry (variables only) into container web',
    );
  });

  it('says what would be refused, and what is left out as a whole', () => {
    expect(preview(podOf(), settingsOf('auto', ['wbe']), factsOf())[0]).to.include('[UnknownContainer]');
    expect(preview(podOf(), settingsOf('off'), factsOf())).to.deep.equal([
      'Remora would leave out telemetry: it is set to off [TelemetryOff]',
    ]);
  });

  it('stays within what Kubernetes shows', () => {
    const containers = Array.from({ length: 60 }, (_, index) =>
      containerOf({ name: `container-with-a-long-name-${index}` }),
    );
    const many = preview(podOf({ containers }), settingsOf(), factsOf());
    const refused = preview(
      podOf(),
      settingsOf(
        'auto',
        Array.from({ length: 20 }, (_, index) => `c${index}`),
      ),
      factsOf(),
    );
    for (const line of [...many, ...refused]) expect(line.length).to.be.at.most(256);
    expect(refused).to.have.length(9);
    expect(refused.at(-1)).to.equal('Remora has 12 more to say');
  });
});

import { expect } from 'chai';
import { applyObjects } from '../harness/apply.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';

const image = 'docker.io/library/app:1';

type Metadata = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A workload that makes no pod: it has no replicas, is suspended, or fits no node. */
type Workload = (name: string, metadata?: Metadata) => object;

const template = (name: string, metadata: Metadata, more: object = {}): object => ({
  metadata: { ...metadata, labels: { app: name, ...metadata['labels'] } },
  spec: { containers: [{ name: 'main', image }], ...more },
});
const selector = (name: string): object => ({ matchLabels: { app: name } });

const workloads: Readonly<Record<string, Workload>> = {
  Deployment: (name, metadata = {}) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 0, selector: selector(name), template: template(name, metadata) },
  }),
  StatefulSet: (name, metadata = {}) => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: { replicas: 0, serviceName: name, selector: selector(name), template: template(name, metadata) },
  }),
  DaemonSet: (name, metadata = {}) => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name },
    spec: {
      selector: selector(name),
      template: template(name, metadata, { nodeSelector: { 'remora.test/no': 'node' } }),
    },
  }),
  Job: (name, metadata = {}) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { suspend: true, template: template(name, metadata, { restartPolicy: 'Never' }) },
  }),
  CronJob: (name, metadata = {}) => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: {
      suspend: true,
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: template(name, metadata, { restartPolicy: 'Never' }) } },
    },
  }),
};

describeOnCluster('preview', (suite) => {
  let shop: string;

  before('a labelled namespace, of which the webhook knows', async () => {
    await sharedRemora(suite.cluster);
    shop = await suite.makeNamespace('shop', { labels: { 'remora.dev/inject': 'enabled' } });
    let count = 0;
    await attemptUntil('workloads are previewed', 20_000, async () => {
      count += 1;
      const printed = await applyObjects(suite.cluster, shop, [workloads['Deployment']?.(`first-${count}`)]);
      return printed.includes('Warning') ? true : undefined;
    });
  });

  for (const [kind, workload] of Object.entries(workloads)) {
    const name = kind.toLowerCase();

    it(`says what would be injected when a ${kind} is applied, and nothing when it is applied again`, async () => {
      const printed = await applyObjects(suite.cluster, shop, [workload(name)]);
      expect(printed).to.contain('Warning: Remora would inject telemetry (node, java) into container main');
      expect(printed).to.match(/Warning: Remora would leave out telemetry python.*\[ImageConfigurationUnknown\]/);
      expect(await applyObjects(suite.cluster, shop, [workload(name)])).to.not.contain('Warning');
    });

    it(`refuses a ${kind} with a mistake in its template, and lets one in that opts out`, async () => {
      const mistake = workload(`${name}-wrong`, { annotations: { 'remora.dev/telemetry': 'nod' } });
      const refused = await applyObjects(suite.cluster, shop, [mistake]).then(() => '', String);
      expect(refused).to.contain('InvalidSetting').and.contain('Did you mean "node"?').and.contain('template.metadata');
      const out = workload(`${name}-out`, { labels: { 'remora.dev/inject': 'disabled' } });
      expect(await applyObjects(suite.cluster, shop, [out])).to.not.contain('Remora would inject');
    });

    it(`says nothing of a ${kind} in another namespace`, async () => {
      expect(await applyObjects(suite.cluster, suite.namespace, [workload(name)])).to.not.contain('Warning');
    });
  }
});

import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { applyObjects } from '../harness/apply.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { refusal } from '../admission/objects.ts';
import { deployment, gatekeeperPolicy, pod, policy } from './objects.ts';

const enabled = { 'remora.dev/inject': 'enabled' };
const takesEffectMs = 20_000;

const versions = `package shop.images

deny contains msg if {
  some container in input.object.spec.containers
  endswith(container.image, ":latest")
  msg := sprintf("container %s runs %s; name a version", [container.name, container.image])
}
`;

describeOnCluster('policies', (suite) => {
  let shop: string;
  let bank: string;

  const apply = async (namespace: string, ...objects: readonly unknown[]): Promise<string> =>
    await applyObjects(suite.cluster, namespace, objects);
  const tryOut = async (namespace: string, ...objects: readonly unknown[]): Promise<string> =>
    await applyObjects(suite.cluster, namespace, objects, '--dry-run=server');
  /** What is said of an object that is not stored: '' when it passes without a word. */
  const said = async (namespace: string, object: unknown): Promise<string> =>
    await tryOut(namespace, object).then(
      (printed) => (printed.includes('Warning:') ? printed : ''),
      (error: unknown) => String(error),
    );
  const untilSaid = async (namespace: string, object: unknown, part: string): Promise<string> =>
    await attemptUntil(`"${part}" is said`, takesEffectMs, async () => {
      const text = await said(namespace, object);
      return text.includes(part) ? text : undefined;
    });
  const untilSilent = async (namespace: string, object: unknown): Promise<void> => {
    await attemptUntil('nothing is said', takesEffectMs, async () =>
      (await said(namespace, object)) === '' ? true : undefined,
    );
  };

  before(async function () {
    this.timeout(0);
    await sharedRemora(suite.cluster);
    shop = await suite.makeNamespace('shop', { labels: enabled });
    bank = await suite.makeNamespace('bank', { labels: enabled });
  });

  afterEach(async () => {
    await suite.cluster.kubectl('--namespace', shop, 'delete', 'configmap', '--selector', 'remora.dev/policy=true');
  });

  it('refuse what a deny says, with the message and how to see the policy, and only in their own namespace', async () => {
    await apply(shop, policy('versions', versions));
    const text = await untilSaid(shop, pod('web', 'none.invalid/app:latest'), 'versions');
    expect(text).to.contain(`[${shop}/versions] container main runs none.invalid/app:latest; name a version`);
    expect(text).to.contain(`kubectl -n ${shop} get configmap versions -o yaml`);
    expect(text).to.contain('[PolicyViolated]');
    expect(await said(shop, pod('web'))).to.equal('');
    expect(await said(bank, pod('web', 'none.invalid/app:latest'))).to.equal('');
  });

  it('tell the namespace of a refusal by an event, on one line', async () => {
    await apply(shop, policy('versions', versions));
    await untilSaid(shop, pod('told', 'none.invalid/app:latest'), 'versions');
    const refused = await refusal(apply(shop, pod('told', 'none.invalid/app:latest')));
    expect(refused).to.contain('[PolicyViolated]');
    const note = await attemptUntil('an event', takesEffectMs, async () => {
      const events = await suite.cluster.kubectl('--namespace', shop, 'get', 'events', '--output', 'json');
      const { items } = JSON.parse(events) as { readonly items: readonly { reason: string; message: string }[] };
      return items.find(({ reason }) => reason === 'PolicyViolated')?.message;
    });
    expect(note).to.contain('name a version').and.not.contain('\n');
  });

  it('have no effect two seconds after they are removed', async () => {
    const object = pod('removed', 'none.invalid/app:latest');
    await apply(shop, policy('versions', versions));
    await untilSaid(shop, object, 'versions');
    await suite.cluster.kubectl('--namespace', shop, 'delete', 'configmap', 'versions');
    const removedAt = Date.now();
    await untilSilent(shop, object);
    expect(Date.now() - removedAt).to.be.lessThan(2_000);
    console.log(`      gone ${Date.now() - removedAt} ms after kubectl delete, one kubectl included`);
  });

  it('warn or only count, as they say', async () => {
    const warning = { 'remora.dev/policy-enforcement': 'warn' };
    await apply(shop, policy('versions', versions, { annotations: warning }));
    const warned = await untilSaid(shop, pod('web', 'none.invalid/app:latest'), 'name a version');
    expect(warned).to.contain('Warning: ').and.contain('created');
    await apply(shop, policy('versions', versions, { annotations: { 'remora.dev/policy-enforcement': 'dryrun' } }));
    await untilSilent(shop, pod('web', 'none.invalid/app:latest'));
    // The planted case: the same policy is in force all along, for it denies again.
    await apply(shop, policy('versions', versions));
    await untilSaid(shop, pod('web', 'none.invalid/app:latest'), 'PolicyViolated');
  });

  it('are refused with file, line, column and the line itself when their Rego is broken, all problems at once', async () => {
    const broken = versions.replace('endswith(container.image', 'endswit(container.image');
    const text = await refusal(tryOut(shop, policy('broken', broken, { kinds: 'Pod, Pdo' })));
    expect(text).to.contain('policy.rego:5:3').and.contain('endswit(container.image');
    expect(text).to.contain('did you mean endswith?').and.contain('[InvalidRego]');
    expect(text).to.contain('Pdo').and.contain('[UnknownKind]');
    const tests = { 'policy_test.rego': 'package shop.images_test\n\ntest_wrong if 1 == 2\n' };
    const failing = await refusal(tryOut(shop, policy('broken', versions, { files: tests })));
    expect(failing).to.contain('policy_test.rego:3').and.contain('test_wrong').and.contain('[RegoTestFailed]');
    const forbidden = versions.replace('deny', 'x := http.send({})\n\ndeny');
    expect(await refusal(tryOut(shop, policy('broken', forbidden)))).to.contain('[ForbiddenBuiltin]');
  });

  it('print the least change that passes, which then does pass', async () => {
    const rego = `package shop.users

deny contains {"msg": "run as a user", "patch": [{"op": "add", "path": "/spec/securityContext/runAsNonRoot", "value": true}]} if {
  not input.object.spec.securityContext.runAsNonRoot
}
`;
    await apply(shop, policy('users', rego));
    const text = await untilSaid(shop, pod('web'), 'It would pass with:');
    expect(text).to.contain('It would pass with:\n  spec:\n    securityContext:\n      runAsNonRoot: true');
    const { spec, ...rest } = pod('web');
    expect(await said(shop, { ...rest, spec: { ...spec, securityContext: { runAsNonRoot: true } } })).to.equal('');
  });

  it('let pass with a warning what a runaway would have judged, or refuse where they say so, and hold up nothing else', async () => {
    const rego = `package shop.runaway

many := numbers.range(1, 5000)

deny contains "never" if {
  input.object.metadata.labels.runaway
  some a in many; some b in many; some c in many
  a == b; b == c; a != c
}
`;
    await apply(shop, policy('runaway', rego));
    const object = pod('runaway', 'none.invalid/app:1', { runaway: 'yes' });
    const [text] = await Promise.all([untilSaid(shop, object, 'PolicyTimeout'), said(shop, pod('web'))]);
    expect(text).to.contain('on-failure: allow').and.contain('[PolicyFailed]').and.contain('created');
    await apply(shop, policy('runaway', rego, { annotations: { 'remora.dev/policy-on-failure': 'deny' } }));
    expect(await untilSaid(shop, object, 'Forbidden')).to.contain('PolicyFailed');
  });

  it('run Gatekeeper’s documents unchanged: messages word for word, expansion, and places in their own file', async () => {
    const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'gator', 'required-labels');
    const [template, constraint] = await Promise.all(
      ['template.yaml', 'constraint.yaml'].map(async (name) => await readFile(join(folder, name), 'utf8')),
    );
    const files = { 'template.yaml': template ?? '', 'constraint.yaml': constraint ?? '' };
    await apply(shop, gatekeeperPolicy('labels', files));
    const service = (labels: Readonly<Record<string, string>>) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', labels },
      spec: { ports: [{ port: 80 }] },
    });
    const text = await untilSaid(shop, service({}), '[owners]');
    expect(text).to.contain('[owners] Service web lacks the labels {"cost-centre", "owner"}');
    expect(await said(shop, service({ owner: 'web.shop.example', 'cost-centre': '7' }))).to.equal('');
    const wrong = template?.replaceAll('input.review', 'inptu.review') ?? '';
    const refused = await refusal(tryOut(shop, gatekeeperPolicy('wrong', { ...files, 'template.yaml': wrong })));
    const line = wrong.split('\n').findIndex((each) => each.includes('inptu.review')) + 1;
    expect(refused).to.contain(`template.yaml:${line}:`).and.contain('rego_unsafe_var_error');
  });

  it('judge the pods that a workload would make where an ExpansionTemplate says so', async () => {
    const expansion = `apiVersion: expansion.gatekeeper.sh/v1beta1
kind: ExpansionTemplate
metadata: {name: pods}
spec:
  applyTo: [{groups: [apps], versions: [v1], kinds: [Deployment]}]
  templateSource: spec.template
  generatedGVK: {group: "", version: v1, kind: Pod}
`;
    await apply(shop, policy('versions', versions), gatekeeperPolicy('workloads', { 'pods.yaml': expansion }));
    const text = await untilSaid(shop, deployment('web', 'none.invalid/app:latest'), 'Implied by pods');
    expect(text).to.contain('[Implied by pods] container main runs none.invalid/app:latest; name a version');
  });

  it('never look at deletions that they do not ask for, and cannot block one while they do', async () => {
    const rego = 'package shop.kept\n\ndeny contains "pods stay"\n';
    await apply(shop, pod('kept'));
    const deletions = { 'remora.dev/policy-operations': 'DELETE' };
    await apply(shop, policy('kept', rego, { kinds: 'Pod, ConfigMap', annotations: deletions }));
    const words = ['--namespace', shop, 'delete', 'pod', 'kept'];
    await attemptUntil('a deletion is refused', takesEffectMs, async () => {
      const text = await suite.cluster.kubectl(...words, '--dry-run=server').then(() => '', String);
      return text.includes('pods stay') ? true : undefined;
    });
    await suite.cluster.kubectl('--namespace', shop, 'delete', 'configmap', 'kept');
    await attemptUntil('the pod goes', takesEffectMs, async () => {
      const text = await suite.cluster.kubectl(...words, '--wait=false').then(() => '', String);
      return text === '' ? true : undefined;
    });
  });

  it('never keep a namespace from going, nor what it leaves behind', async () => {
    const gone = await suite.makeNamespace('gone', { labels: enabled });
    await apply(gone, pod('kept'));
    const annotations = { 'remora.dev/policy-operations': 'DELETE' };
    const rego = 'package shop.kept\n\ndeny contains "everything stays"\n';
    await apply(gone, policy('kept', rego, { kinds: 'Pod, ConfigMap, ServiceAccount', annotations }));
    await attemptUntil('a deletion is refused', takesEffectMs, async () => {
      const words = ['--namespace', gone, 'delete', 'pod', 'kept', '--dry-run=server'];
      const text = await suite.cluster.kubectl(...words).then(() => '', String);
      return text.includes('everything stays') ? true : undefined;
    });
    await suite.cluster.kubectl('delete', 'namespace', gone, '--wait=false');
    await attemptUntil('the namespace is gone', 90_000, async () => {
      const read = await suite.cluster.client.get(resources.namespaces, { name: gone });
      return read.outcome === 'failed' && read.code === 'NotFound' ? true : undefined;
    });
  });

  it('see nothing of what a Secret holds', async () => {
    const rego = 'package shop.spy\n\ndeny contains json.marshal(input.object) if true\n';
    await apply(shop, policy('spy', rego, { kinds: 'Secret' }));
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mine' }, data: { pw: 'aHVudGVyMg==' } };
    const text = await untilSaid(shop, secret, 'mine');
    expect(text).to.contain('(redacted)').and.not.contain('aHVudGVyMg');
  });

  it('see the cluster that they ask for, and a namespace’s policy its own namespace only', async () => {
    const rego = `package shop.hosts

deny contains msg if {
  some namespace, kinds in data.inventory.namespace
  some name, other in kinds["v1"]["Service"]
  other.spec.selector.host == input.object.spec.selector.host
  msg := sprintf("%s of %s has that host", [name, namespace])
}
`;
    const service = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { host: 'one' }, ports: [{ port: 80 }] },
    });
    await apply(bank, service('there'));
    const annotations = { 'remora.dev/policy-inventory': 'v1/Service' };
    await apply(shop, policy('hosts', rego, { kinds: 'Service', annotations }));
    await attemptUntil('the policy is asked', takesEffectMs, async () => {
      const { webhooks = [] } = await configuration();
      return JSON.stringify(webhooks).includes('"services"') ? true : undefined;
    });
    expect(await said(shop, service('second'))).to.equal('');
    await apply(shop, service('here'));
    const text = await untilSaid(shop, service('second'), 'here of');
    expect(text).to.contain(`here of ${shop} has that host`).and.not.contain('there of');
    const asking = (inventory: string) =>
      refusal(
        tryOut(
          shop,
          policy('hosts', rego, { kinds: 'Service', annotations: { 'remora.dev/policy-inventory': inventory } }),
        ),
      );
    expect(await asking('v1/Secret'))
      .to.contain('[InvalidPolicy]')
      .and.contain('never v1/Secret');
    expect(await asking('v1/ServiceAccount'))
      .to.contain('[InventoryNotReadable]')
      .and.contain('policies.readable');
  });

  async function configuration(): Promise<KubeObject & { readonly webhooks?: readonly object[] }> {
    const read = await suite.cluster.client.get<KubeObject & { readonly webhooks?: readonly object[] }>(
      resources.validatingWebhookConfigurations,
      { name: 'zz-remora-policies' },
    );
    if (read.outcome === 'failed') throw new Error(read.message);
    return read.value;
  }
});

import { expect } from 'chai';
import type { KubeObject } from '../../../kube/types.ts';
import { resources } from '../../../kube/resources.ts';
import { applyObjects } from '../harness/apply.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { isReady } from '../harness/pods.ts';
import type { RunningPod } from '../harness/pods.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { idleWorkload } from '../outage/objects.ts';
import { commandsOf, pageText } from './pages.ts';
import { openShell } from './shell.ts';
import type { Shell } from './shell.ts';
import { isInjected } from './stream.ts';

const pages = ['README.md', 'docs/operations.md'];
const programs = ['helm', 'kubectl', 'curl', 'npm'];

/** What pages show and this test does not type, and why. */
const notTyped: readonly (readonly [command: string, reason: string])[] = [
  ['npm run demo', 'brings up a cluster of its own; test/demo is that command'],
  ['npm run soak -- nodes', 'takes four minutes and two nodes; its result is in docs/soak'],
  ['npm test', 'is what runs this test'],
  [
    'helm install … --set imagePrefix=mirror.example/remora --set-json \'imagePullSecrets=["mirror"]\'',
    'no mirror here',
  ],
  [
    'helm lint ./manifests/chart -f values.yaml',
    'a file of the reader; test/unit/manifests/chart lints every set of values',
  ],
  ['kubectl apply', 'the name of a command'],
  ['kubectl describe pod', 'the name of a command'],
  ['kubectl rollout restart', 'the name of a command'],
  ['helm upgrade', 'the name of a command'],
  ['helm uninstall', 'the name of a command'],
  ['helm uninstall --no-hooks', 'test/e2e/chart/policy.test.ts leaves in this way'],
];

describeOnCluster('what README and docs/operations.md tell a person to type', (suite) => {
  const system = 'remora-system';
  const typed = new Set<string>();
  const shown = new Set(pages.flatMap((page) => commandsOf(pageText(page), programs)));
  let shell: Shell;

  /** Types a command that one of the pages shows; `names` are put in the place of its placeholders. */
  async function type(command: string, names: Readonly<Record<string, string>> = {}): Promise<string> {
    expect([...shown], 'is no longer on a page').to.include(command);
    typed.add(command);
    return await shell.type(filled(command, names));
  }
  function filled(command: string, names: Readonly<Record<string, string>>): string {
    return Object.entries(names).reduce((line, [name, value]) => line.replace(name, value), command);
  }

  const pods = async (namespace: string, selector: string): Promise<readonly RunningPod[]> => {
    const listed = await suite.cluster.client.list<RunningPod>(resources.pods, { namespace, labelSelector: selector });
    if (listed.outcome === 'failed') throw new Error(listed.message);
    return listed.value.items;
  };
  /** The pod of the shop once it is ready and the former one is gone, with or without what Remora puts in. */
  const shopPod = async (isRight: (pod: KubeObject) => boolean): Promise<string> =>
    await attemptUntil('the pod of the shop is as meant', 60_000, async () => {
      const found = await pods('shop', 'app=web');
      const [pod] = found;
      return found.length === 1 && pod !== undefined && isReady(pod) && isRight(pod) ? pod.metadata.name : undefined;
    });
  const systemIsReady = async (): Promise<void> => {
    await shell.type(`kubectl -n ${system} rollout status deployment/remora-webhook --timeout=90s`);
    await shell.type(`kubectl -n ${system} rollout status deployment/remora-control --timeout=90s`);
  };

  before('images on the node, and a shop', async function () {
    this.timeout(240_000);
    suite.observeNamespace(system);
    suite.observeNamespace('shop');
    shell = await openShell(suite.cluster);
    await suite.cluster.load('remora', 'remora-policy', 'remora-telemetry', 'collector', 'pause');
    await suite.cluster.kubectl('create', 'namespace', 'shop');
    const image = await suite.cluster.image('pause');
    await applyObjects(suite.cluster, 'shop', [idleWorkload('Deployment', 'web', image, 1)]);
    await shopPod((pod) => !isInjected(pod));
  });
  after(async function () {
    this.timeout(240_000);
    await suite.cluster.kubectl('delete', 'namespace', 'shop', system, '--ignore-not-found');
    await shell.close();
  });

  it('installs', async () => {
    const printed = await type('helm install remora ./manifests/chart -n remora-system --create-namespace');
    // The notes of the chart tell of the next steps.
    expect(printed).to.contain('kubectl label namespace shop remora.dev/inject=enabled');
    expect(await type('kubectl -n remora-system rollout status deployment/remora-webhook')).to.contain('success');
    await type('kubectl label namespace remora-system pod-security.kubernetes.io/enforce=restricted');
  });

  it('upgrades and rolls back, in a namespace that enforces restricted', async () => {
    await type('helm upgrade remora ./manifests/chart -n remora-system');
    await systemIsReady();
    expect(await type('helm rollback remora -n remora-system')).to.contain('success');
    await systemIsReady();
  });

  it('puts a shop in, and looks at what was done', async () => {
    await type('kubectl label namespace shop remora.dev/inject=enabled');
    expect(await type('kubectl rollout restart deployment -n shop')).to.contain('restarted');
    const pod = await shopPod(isInjected);
    expect(await type('kubectl describe pod -n shop POD', { POD: pod })).to.contain('remora.dev/injected');
    await attemptUntil('an event that says what was left out', 30_000, async () =>
      (await type('kubectl get events -n shop')).includes('ImageConfigurationUnknown') ? true : undefined,
    );
    const replicas = (await pods(system, 'app.kubernetes.io/name=remora-webhook')).map(
      ({ metadata }) => metadata.name ?? '',
    );
    const answers: string[] = [];
    for (const name of replicas) {
      const forward = 'kubectl -n remora-system port-forward POD_OF_REMORA_WEBHOOK 9091';
      expect([...shown]).to.include(forward);
      typed.add(forward);
      const stop = await shell.start(filled(forward, { POD_OF_REMORA_WEBHOOK: name }), /Forwarding from/);
      answers.push(await type("curl 'localhost:9091/why?namespace=shop'"));
      stop();
      // The port is free again when kubectl has ended.
      await attemptUntil('the forwarding has ended', 10_000, async () =>
        shell.type('curl -s localhost:9091').then(
          () => undefined,
          () => true,
        ),
      );
    }
    expect(answers.join()).to.contain('"telemetry"').and.contain('ImageConfigurationUnknown');
  });

  it('sets a rule, which warns', async () => {
    expect(await type('kubectl apply -n shop -f policies/images/policy.yaml')).to.contain('configmap/images created');
    const pod = 'kubectl run probe -n shop --image=nginx:latest --dry-run=server';
    await attemptUntil('a warning about the tag latest', 30_000, async () =>
      (await shell.type(pod)).includes('has the tag latest') ? true : undefined,
    );
    await shell.type('kubectl delete configmap images -n shop');
  });

  it('finds out what is wrong at 3 a.m.', async () => {
    expect(await type('kubectl get events -A --field-selector type=Warning | grep -i remora')).to.contain('remora');
    expect(await type('kubectl -n remora-system get pods')).to.match(/remora-webhook-\S+ +1\/1 +Running/);
    expect(await type('kubectl -n remora-system logs -l app.kubernetes.io/name=remora-webhook --tail=50')).to.contain(
      'webhook.serving',
    );
    const found = await type(
      "kubectl -n remora-system get configmap remora-platform -o jsonpath='{.data.platform\\.json}'",
    );
    expect(JSON.parse(found)).to.include({ imageVolumes: true });
  });

  it('makes the certificates anew', async () => {
    const dates = async (): Promise<string> =>
      await type(
        "kubectl -n remora-system get secret remora-webhook-tls -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -dates",
      );
    const log = async (): Promise<number> =>
      (
        await type(
          'kubectl -n remora-system logs -l app.kubernetes.io/name=remora-control --tail=-1 | grep certificates',
        )
      ).split('root-created').length;
    expect(await dates()).to.match(/notAfter=/);
    const before = await log();
    await type(`kubectl -n remora-system patch secret remora-ca --type=json -p '[{"op":"remove","path":"/data"}]'`);
    await attemptUntil('control says that it made a root', 30_000, async () =>
      (await log()) > before ? true : undefined,
    );
  });

  it('switches it off at any cost, and on again', async () => {
    await type('kubectl delete validatingwebhookconfiguration zz-remora-policies');
    await type(
      'kubectl delete mutatingwebhookconfiguration,validatingwebhookconfiguration,validatingadmissionpolicybinding zz-remora zz-remora-policies zz-remora-optin --ignore-not-found',
    );
    await shell.type('kubectl -n shop delete pod -l app=web');
    await shopPod((pod) => !isInjected(pod));
    await type('helm upgrade remora ./manifests/chart -n remora-system');
    await attemptUntil('pods are injected again', 60_000, async () => {
      await shell.type('kubectl -n shop delete pod -l app=web');
      const [pod] = await pods('shop', 'app=web');
      return pod !== undefined && isInjected(pod) ? true : undefined;
    });
  });

  it('takes the shop out, and uninstalls', async () => {
    await type('kubectl label namespace shop remora.dev/inject-');
    await type('kubectl rollout restart deployment -n shop');
    await shopPod((pod) => !isInjected(pod));
    const printed = await type('helm uninstall remora -n remora-system');
    expect(printed).to.contain('uninstalled').and.contain('No pod is injected any more');
  });

  it('leaves out no command of these pages, but those that are named with a reason', () => {
    const left = [...shown].filter((command) => !typed.has(command));
    expect(left.sort()).to.deep.equal(notTyped.map(([command]) => command).sort());
  });
});

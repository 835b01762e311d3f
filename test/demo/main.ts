import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { layoutOf } from '../cluster/layout.ts';
import { readRecords } from '../cluster/record.ts';
import { up } from '../cluster/up.ts';
import { attemptUntil } from '../e2e/harness/attempts.ts';
import { sharedCluster } from '../e2e/harness/cluster.ts';
import type { TestCluster } from '../e2e/harness/cluster.ts';
import { installRemora, remora } from '../e2e/harness/remora.ts';
import { buy, installShop, restartShop, shopServices } from '../e2e/telemetry/shop.ts';
import { followTraces } from '../traces/follow.ts';
import { serviceOf } from '../traces/span.ts';
import { drawTrace } from '../traces/tree.ts';
import { freshNamespace } from './namespace.ts';
import { createStory } from './print.ts';
import { describeChange, viewPods } from './pods.ts';

/** `npm run demo`: one label, a plain shop sends traces, and what may not be is refused. Leaves the cluster running. */

const name = 'demo';
const shop = 'shop';
const startedAt = performance.now();
const story = createStory(
  (text) => process.stdout.write(text),
  () => performance.now() - startedAt,
);

process.exitCode = await tell().catch((error: unknown) => {
  console.error(error);
  return 1;
});

async function tell(): Promise<number> {
  const cluster = await chapterCluster();
  await chapterInstall(cluster);
  const before = await viewPods(cluster.client, shop);
  story.line(`${before.size} pods, none of them injected; a request is answered and leaves no trace:`);
  story.typed('curl http://web:8080/products/teapot', await buy(cluster, shop));

  await chapterLabel(cluster);
  const after = await viewPods(cluster.client, shop);
  for (const app of shopServices) {
    const [then, now] = [before.get(app), after.get(app)];
    if (then === undefined || now === undefined) throw new Error(`no pod of ${app}`);
    story.line(describeChange(then, now).join('\n'));
  }
  await chapterTrace(cluster);
  await chapterMistake(cluster);
  await chapterPolicy(cluster);
  chapterLookAround();
  return 0;
}

async function chapterCluster(): Promise<TestCluster> {
  if (process.env['REMORA_CONTEXT'] !== undefined && process.env['REMORA_CONTEXT'] !== '') {
    story.chapter(`The cluster of context ${process.env['REMORA_CONTEXT']}`);
    return await sharedCluster();
  }
  const isUp = (await readRecords(process.env)).some((record) => record.name === name);
  story.chapter(isUp ? 'The Kubernetes of the last demo is still up' : 'A real Kubernetes, in a network of its own');
  if (!isUp) {
    const report = (line: string): void => story.line(line);
    await up({ name, persistent: true, environment: process.env, report });
  }
  process.env['REMORA_CLUSTER'] = name;
  return await sharedCluster();
}

async function chapterInstall(cluster: TestCluster): Promise<void> {
  story.chapter('Remora, by Helm; and beside it a shop of three plain services that know nothing of it');
  story.line('helm install remora manifests/chart -n remora-system --create-namespace --set profile=small');
  story.line('helm install shop test/apps/shop -n shop --create-namespace');
  // A second demo starts from a shop that is plain again.
  await freshNamespace(cluster, shop);
  await Promise.all([installRemora(cluster, { profile: 'small' }), installShop(cluster, shop)]);
}

async function chapterLabel(cluster: TestCluster): Promise<void> {
  story.chapter('One label, and a restart');
  const label = ['label', 'namespace', shop, 'remora.dev/inject=enabled'];
  story.typed(`kubectl ${label.join(' ')}`, await cluster.kubectlWithWarnings(...label));
  story.line('\nPython is only set by "auto" where the image has been read from a registry; here we ask for it:');
  const annotate = ['annotate', 'namespace', shop, 'remora.dev/telemetry=node,java,python'];
  story.typed(`kubectl ${annotate.join(' ')}`, await cluster.kubectl(...annotate));
  story.typed(`kubectl rollout restart deployment -n ${shop}`, 'waiting until the new pods serve');
  await restartShop(cluster, shop);
}

async function chapterTrace(cluster: TestCluster): Promise<void> {
  story.chapter('The same request is one trace now');
  const trace = followTraces({
    kubectl: cluster.kubectlCommand,
    namespace: remora.namespace,
    deadlineMs: 60_000,
    isRight: (spans) =>
      shopServices.every((service) => spans.some((span) => serviceOf(span) === service)) &&
      spans.some((span) => span.attributes.has('db.system.name') || span.attributes.has('db.system')),
  });
  story.typed('curl http://web:8080/products/teapot', await buy(cluster, shop));
  const spans = await trace;
  if (spans === undefined) throw new Error('the collector received no whole trace within 60 s');
  story.line(`\n${drawTrace(spans)}`);
}

async function chapterMistake(cluster: TestCluster): Promise<void> {
  story.chapter('A mistake is refused when it is applied, with what was meant');
  const patch = {
    spec: {
      template: { metadata: { annotations: { 'remora.dev/telemetry': 'nod', 'remora.dev/telemetri': 'auto' } } },
    },
  };
  const words = ['patch', 'deployment', 'web', '-n', shop, '-p', JSON.stringify(patch)];
  const refused = await cluster.kubectl(...words).then(() => undefined, saidBy);
  if (refused === undefined) throw new Error('the mistake was not refused');
  story.typed(`kubectl ${words.slice(0, -1).join(' ')} '${words.at(-1) ?? ''}'`, refused);
}

async function chapterPolicy(cluster: TestCluster): Promise<void> {
  story.chapter('A policy is a ConfigMap with Rego; it is tried as a warning, and then refuses');
  const policy = 'policies/images/policy.yaml';
  const file = fileURLToPath(new URL(`../../${policy}`, import.meta.url));
  story.typed(
    `kubectl apply -n ${shop} -f ${policy}`,
    await cluster.kubectlWithWarnings('apply', '-n', shop, '-f', file),
  );
  const run = ['run', 'probe', '-n', shop, '--image=nginx:latest'];
  // A policy is in force a moment after it was written; a dry run changes nothing.
  const tried = async (isRight: (printed: string) => boolean): Promise<string> =>
    await attemptUntil('the policy is in force', 30_000, async () => {
      const printed = await cluster.kubectlWithWarnings(...run, '--dry-run=server').catch(saidBy);
      return isRight(printed) ? printed : undefined;
    });
  const asTyped = `kubectl ${run.join(' ')} --dry-run=server`;
  story.typed(asTyped, await tried((printed) => printed.includes(`[${shop}/images]`)));
  const deny = ['annotate', 'configmap', 'images', '-n', shop, 'remora.dev/policy-enforcement=deny', '--overwrite'];
  story.typed(`kubectl ${deny.join(' ')}`, await cluster.kubectlWithWarnings(...deny));
  await tried((printed) => printed.includes('denied the request'));
  const refused = await cluster.kubectlWithWarnings(...run).then(() => undefined, saidBy);
  if (refused === undefined) throw new Error('the image was not refused');
  story.typed(`kubectl ${run.join(' ')}`, refused);
  const remove = ['delete', 'configmap', 'images', '-n', shop];
  story.typed(`kubectl ${remove.join(' ')}`, await cluster.kubectl(...remove));
}

/** What kubectl printed when it failed, without the line that names the command. */
function saidBy(error: unknown): string {
  return String(error).split('\n').slice(1).join('\n');
}

function chapterLookAround(): void {
  const isOurs = process.env['REMORA_CLUSTER'] === name;
  const context = process.env['REMORA_CONTEXT'] ?? '';
  const kubectl = isOurs ? `npm run cluster -- --name ${name} kubectl` : `kubectl --context ${context}`;
  story.chapter('Look around');
  story.line(`${kubectl} describe pod -n ${shop} -l app.kubernetes.io/name=web
${kubectl} get events -n ${shop}
${kubectl} logs -n remora-system deployment/remora-webhook
${kubectl} logs -n remora-system deployment/remora-collector   # every span, as a line of JSON
${kubectl} port-forward -n remora-system deployment/remora-webhook 9091   # and in another terminal:
curl 'localhost:9091/why?namespace=${shop}'`);
  if (!isOurs) {
    story.line(`
Take all of it away with:
${kubectl} delete namespace ${shop}
helm --kube-context ${context} uninstall ${remora.release} -n ${remora.namespace}`);
    return;
  }
  story.line(`
The cluster stays up. For kubectl of your own:
export KUBECONFIG=${layoutOf(name, process.env).kubeconfig}
Stop it with:  npm run cluster -- down --name ${name}`);
}

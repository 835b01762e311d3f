import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { resources } from '../../../kube/resources.ts';
import type { KubeClient, KubeObject } from '../../../kube/types.ts';
import { freePort } from '../apiserver.ts';
import type { ApiServer } from '../apiserver.ts';
import { measuredCore, otherCore } from '../cores.ts';
import type { Side } from '../measure.ts';
import { ensurePeer } from '../peer.ts';
import { start, until } from '../process.ts';
import type { Running } from '../process.ts';
import { make } from '../remora.ts';
import type { ServingPair } from '../remora.ts';
import type { PolicyDocument } from './documents.ts';

const namespace = 'gatekeeper-system';
const definitions = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };
const templates = { group: 'templates.gatekeeper.sh', version: 'v1', plural: 'constrainttemplates' };

const serviceAccounts = { group: '', version: 'v1', plural: 'serviceaccounts' };

/** Of a pod that no node runs: a manager writes statuses that belong to its pod. */
const podSpec = { containers: [{ name: 'manager', image: 'openpolicyagent/gatekeeper' }] };

export interface GatekeeperOptions {
  readonly api: ApiServer;
  /** An empty folder for certificates and log. */
  readonly folder: string;
  readonly pair: ServingPair;
  readonly tell: (line: string) => void;
}

/**
 * Starts Gatekeeper's own manager as its chart starts the one that answers admission, beside a real API server with its
 * CRDs, and a second one that makes the constraints' CRDs, as the chart has it. Other than in a cluster the certificate
 * comes from us and its pods run nothing; mutation, which has no policies here, is left out.
 */
export async function startGatekeeper(options: GatekeeperOptions, stack: AsyncDisposableStack): Promise<Side> {
  const { api, folder, pair, tell } = options;
  const program = await ensurePeer('gatekeeper', process.env, tell);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tls.crt'), pair.cert);
  await writeFile(join(folder, 'tls.key'), pair.key);
  await make(api.client, resources.namespaces, { metadata: { name: namespace } });
  await make(api.client, serviceAccounts, { metadata: { name: 'default', namespace } });
  await applyDefinitions(api.client, join(dirname(program), 'crds'));
  const port = await freePort();
  const webhook = ['--operation=webhook', '--host=127.0.0.1', `--port=${port}`];
  // An audit would take the core of the load generator.
  const audit = ['--operation=audit', '--operation=status', '--operation=generate', '--audit-interval=0'];
  const managers = [
    await startManager('webhook', webhook, program, options, measuredCore),
    await startManager('audit', audit, program, options, otherCore),
  ] as const;
  for (const { running } of managers) stack.use(running);
  for (const { health } of managers) {
    await until('Gatekeeper', async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok, 60_000);
  }
  return { port, path: '/v1/admit', process: managers[0].running };
}

async function startManager(
  name: string,
  words: readonly string[],
  program: string,
  { api, folder }: GatekeeperOptions,
  core: number,
): Promise<{ readonly running: Running; readonly health: number }> {
  const pod = `gatekeeper-${name}`;
  await make(api.client, resources.pods, { metadata: { name: pod, namespace }, spec: podSpec });
  const [health, metrics] = [await freePort(), await freePort()];
  const running = start({
    command: [
      program,
      ...words,
      `--health-addr=127.0.0.1:${health}`,
      `--prometheus-port=${metrics}`,
      `--cert-dir=${folder}`,
      `--kubeconfig=${api.kubeconfig}`,
      `--exempt-namespace=${namespace}`,
      '--disable-opa-builtin={http.send}',
      '--disable-cert-rotation',
      '--shutdown-delay=0',
      '--logtostderr',
    ],
    environment: { POD_NAMESPACE: namespace, NAMESPACE: namespace, POD_NAME: pod },
    core,
    logFile: join(folder, `${name}.log`),
  });
  return { running, health };
}

/** The CRDs of Gatekeeper's chart, each served before this returns. */
async function applyDefinitions(client: KubeClient, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    await make(client, definitions, parse(await readFile(join(folder, name), 'utf8')) as object);
  }
  await until('the CRDs of Gatekeeper', async () => (await client.list(templates)).outcome === 'ok');
}

/** Gives Gatekeeper a policy; its constraint has a CRD a moment after the template is written. */
export async function addToGatekeeper(client: KubeClient, { template, constraint }: PolicyDocument): Promise<void> {
  await make(client, templates, template);
  const type = { group: 'constraints.gatekeeper.sh', version: 'v1beta1', plural: constraint.kind.toLowerCase() };
  const isMade = async (): Promise<boolean> => {
    const made = await client.create<KubeObject>(type, constraint);
    return made.outcome === 'ok' || made.code === 'AlreadyExists';
  };
  await until(`the CRD of ${constraint.kind}`, isMade, 60_000);
}

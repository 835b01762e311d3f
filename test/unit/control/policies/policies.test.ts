import { expect } from 'chai';
import { runPolicyRules } from '../../../../control/policies/policies.ts';
import { systemTimer } from '../../../../runtime/clock.ts';
import type { Timer } from '../../../../runtime/clock.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import type { Logger } from '../../../../runtime/log.ts';
import { refuse, startApiServer } from '../../kube/apiserver.ts';
import type { ApiServer, Seen, Stored } from '../../kube/apiserver.ts';
import { clientOf, eventually } from '../../kube/clients.ts';

const configuration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/zz-remora-policies';
const entries = ['namespaced.policies.remora.dev', 'deletions.policies.remora.dev', 'cluster.policies.remora.dev'];

/** Waits of these lengths end when a test says so; all others soon. The clock runs so fast that nothing has to rest. */
class HeldTimer implements Timer {
  readonly #holding = new Set([60_000]);
  readonly #waiting = new Set<{ readonly ms: number; readonly end: () => void }>();
  #now = 0;

  now(): number {
    return (this.#now += 10_000);
  }

  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#holding.has(ms)) {
      await systemTimer.wait(Math.min(ms, 1), signal);
      return;
    }
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const one = { ms, end: resolve };
      this.#waiting.add(one);
      signal?.addEventListener('abort', () => {
        this.#waiting.delete(one);
        resolve();
      });
    });
  }

  hold(ms: number): void {
    this.#holding.add(ms);
  }

  isWaiting(ms: number): boolean {
    return [...this.#waiting].some((one) => one.ms === ms);
  }

  end(ms: number): void {
    for (const one of [...this.#waiting].filter((each) => each.ms === ms)) {
      this.#waiting.delete(one);
      one.end();
    }
  }
}

describe('control/policies/policies: the rules of zz-remora-policies', () => {
  let api: ApiServer;
  let stop: AbortController;
  let timer: HeldTimer;
  let running: Promise<void>;
  let logged: string[];
  const log: Logger = {
    ...silentLogger,
    info: (event) => void logged.push(event),
    warn: (event) => void logged.push(event),
    with: () => log,
  };

  const start = (): void => {
    const options = { client: clientOf(api.url), namespace: 'remora-system', timer, random: () => 0.5, log };
    running = runPolicyRules(options, stop.signal);
  };
  /** Resolves when what stands was compared with what should stand, and nothing is left to do. */
  const idle = async (): Promise<void> => await eventually(() => timer.isWaiting(60_000));
  const laterRound = async (): Promise<void> => {
    await idle();
    timer.end(60_000);
    await idle();
  };

  const serve = (kinds: Readonly<Record<string, string>>): void => {
    const resources = Object.entries(kinds).map(([name, kind]) => ({ name, kind, namespaced: kind !== 'Node' }));
    api.objects.set('/apis', { metadata: { name: '' }, groups: [] });
    api.objects.set('/api/v1', { metadata: { name: '' }, resources });
  };
  const putConfiguration = (): Stored =>
    api.put(configuration, {
      metadata: { name: 'zz-remora-policies' },
      webhooks: [...entries, 'configmaps.policies.remora.dev'].map((name) => ({
        name,
        failurePolicy: 'Fail',
        clientConfig: { service: { name: 'remora-webhook' } },
        ...(name.startsWith('configmaps') ? { rules: [{ resources: ['configmaps'] }] } : {}),
      })),
    });
  const putPolicy = (name: string, kinds: string, { namespace = 'shop', operations = 'CREATE,UPDATE' } = {}): void => {
    api.put(`/api/v1/namespaces/${namespace}/configmaps/${name}`, {
      metadata: {
        namespace,
        name,
        labels: { 'remora.dev/policy': 'true' },
        annotations: { 'remora.dev/policy-kinds': kinds, 'remora.dev/policy-operations': operations },
      },
      data: { 'a.rego': 'package shop\n\ndeny contains "no" if input.object.x\n' },
    });
  };
  const removePolicy = (name: string): void => api.remove(`/api/v1/namespaces/shop/configmaps/${name}`);

  interface Webhook {
    readonly name: string;
    readonly rules?: readonly { readonly resources: readonly string[]; readonly operations: readonly string[] }[];
  }
  const webhooks = (): readonly Webhook[] => (api.objects.get(configuration)?.['webhooks'] ?? []) as readonly Webhook[];
  /** Of each entry that has rules what it asks about: `namespaced: pods CREATE`. */
  const asked = (): readonly string[] =>
    webhooks()
      .filter(({ name }) => entries.includes(name))
      .flatMap(({ name, rules = [] }) =>
        rules.map((rule) => `${name.split('.')[0]}: ${rule.resources.join()} ${rule.operations.join()}`),
      );
  const writes = (): readonly Seen[] => api.seen.filter(({ method }) => method !== 'GET');

  beforeEach(async () => {
    api = await startApiServer();
    stop = new AbortController();
    timer = new HeldTimer();
    logged = [];
    serve({ pods: 'Pod', services: 'Service', nodes: 'Node' });
    putConfiguration();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await api.close();
  });

  it('follow the policies: one that is new, that changes, that goes', async () => {
    start();
    await idle();
    expect(asked()).to.deep.equal([]);
    putPolicy('a', 'Service');
    await eventually(() => asked().join() === 'namespaced: services CREATE,UPDATE');
    putPolicy('b', 'Node', { namespace: 'remora-system', operations: 'CREATE,DELETE' });
    await eventually(() => asked().length === 2);
    expect(asked()[1]).to.equal('cluster: nodes CREATE,DELETE');
    putPolicy('a', 'Service', { operations: 'DELETE' });
    await eventually(() => asked().includes('deletions: services DELETE'));
    expect(asked()).to.have.length(2);
    removePolicy('a');
    await eventually(() => asked().join() === 'cluster: nodes CREATE,DELETE');
  });

  it('are applied by a manager of their own, which owns nothing else of the entries', async () => {
    putPolicy('a', 'Service');
    start();
    await idle();
    const [apply, ...others] = writes();
    expect(others).to.deep.equal([]);
    expect(apply?.headers['content-type']).to.equal('application/apply-patch+yaml');
    expect(Object.fromEntries(apply?.query ?? [])).to.deep.include({ fieldManager: 'remora-policies', force: 'true' });
    const body = apply?.body as { readonly metadata: object; readonly webhooks: readonly object[] };
    expect(body.metadata).to.deep.equal({
      name: 'zz-remora-policies',
      uid: api.objects.get(configuration)?.metadata.uid,
    });
    expect(body.webhooks.map((webhook) => Object.keys(webhook))).to.deep.equal(entries.map(() => ['name', 'rules']));
    expect(webhooks()[0]).to.have.nested.property('clientConfig.service.name', 'remora-webhook');
    expect(webhooks()[3]?.rules).to.deep.equal([{ resources: ['configmaps'] }]);
  });

  it('are not written where they are what they should be', async () => {
    start();
    await laterRound();
    expect(writes()).to.deep.equal([]);
    putPolicy('a', 'Service');
    await eventually(() => asked().length === 1);
    await laterRound();
    expect(writes()).to.have.length(1);
    // A policy for the same kinds asks for nothing new.
    putPolicy('b', 'Service');
    await laterRound();
    await laterRound();
    expect(writes()).to.have.length(1);
  });

  it('are not written before changes that come together had the time to', async () => {
    timer.hold(100);
    start();
    await idle();
    putPolicy('a', 'Service');
    await eventually(() => timer.isWaiting(100));
    putPolicy('b', 'Pod');
    expect(writes()).to.deep.equal([]);
    timer.end(100);
    await eventually(() => {
      timer.end(100);
      return asked().join().includes('pods') && asked().join().includes('services');
    });
  });

  it('are healed when somebody edits them by hand', async () => {
    putPolicy('a', 'Service');
    start();
    await idle();
    const current = api.objects.get(configuration)!;
    const edited = webhooks().map((webhook) => (webhook.name === entries[0] ? { ...webhook, rules: [] } : webhook));
    api.put(configuration, { ...current, webhooks: edited });
    expect(asked()).to.deep.equal([]);
    await laterRound();
    expect(asked()).to.deep.equal(['namespaced: services CREATE,UPDATE']);
  });

  it('are not the place to bring back an entry that somebody took away; the others are written', async () => {
    const current = api.objects.get(configuration)!;
    api.put(configuration, { ...current, webhooks: webhooks().filter(({ name }) => name !== entries[1]) });
    putPolicy('a', 'Service', { operations: 'CREATE,DELETE' });
    start();
    await idle();
    expect(asked()).to.deep.equal(['namespaced: services CREATE']);
    expect(webhooks().map(({ name }) => name)).to.not.include(entries[1]);
  });

  it('are not written, and no configuration is made, where it is gone; they are when it is back', async () => {
    api.remove(configuration);
    putPolicy('a', 'Service');
    start();
    await eventually(() => logged.filter((event) => event === 'policies.rules.unwritten').length > 2);
    expect(writes()).to.deep.equal([]);
    expect(api.objects.has(configuration)).to.equal(false);
    putConfiguration();
    await eventually(() => asked().length === 1);
  });

  it('stay as they are while the API server is away, and are written when it is back', async () => {
    putPolicy('a', 'Service');
    start();
    await idle();
    let isAway = true;
    api.faults.push((_seen, response) => isAway && refuse(response, 503, 'ServiceUnavailable'));
    api.cutWatches('clean');
    await eventually(() => api.openWatches === 0);
    removePolicy('a');
    putPolicy('b', 'Pod');
    timer.end(60_000);
    await eventually(() => logged.includes('policies.rules.unwritten'));
    expect(asked()).to.deep.equal(['namespaced: services CREATE,UPDATE']);
    isAway = false;
    await eventually(() => asked().join() === 'namespaced: pods,pods/ephemeralcontainers CREATE,UPDATE');
  });

  it('are not taken away while nobody knows which kinds are served', async () => {
    putPolicy('a', 'Service');
    start();
    await idle();
    stop.abort();
    await running;
    const before = asked();
    stop = new AbortController();
    let isAway = true;
    api.faults.push(({ path }, response) => isAway && path === '/apis' && refuse(response, 503, 'ServiceUnavailable'));
    logged.length = 0;
    start();
    await eventually(() => logged.filter((event) => event === 'policies.rules.unwritten').length > 2);
    expect(asked()).to.deep.equal(before);
    isAway = false;
    await idle();
    expect(writes()).to.have.length(1);
  });

  it('follow kinds that come with a CustomResourceDefinition', async () => {
    putPolicy('a', 'Thing');
    start();
    await idle();
    expect(asked()).to.deep.equal([]);
    serve({ pods: 'Pod', things: 'Thing' });
    await laterRound();
    expect(asked()).to.deep.equal(['namespaced: things CREATE,UPDATE']);
  });

  it('ask for nothing by a policy that was stored broken, nor by one of a namespace for what has none', async () => {
    putPolicy('a', 'Service');
    putPolicy('broken', '');
    putPolicy('nodes', 'Node');
    start();
    await idle();
    expect(asked()).to.deep.equal(['namespaced: services CREATE,UPDATE']);
  });

  it('ask for what is expanded to what a policy of another ConfigMap is for', async () => {
    putPolicy('a', 'Pod');
    const expansion = {
      apiVersion: 'expansion.gatekeeper.sh/v1beta1',
      kind: 'ExpansionTemplate',
      metadata: { name: 'services' },
      spec: {
        applyTo: [{ groups: [''], versions: ['v1'], kinds: ['Service'] }],
        templateSource: 'spec',
        generatedGVK: { version: 'v1', kind: 'Pod' },
      },
    };
    api.put('/api/v1/namespaces/remora-system/configmaps/expansions', {
      metadata: { namespace: 'remora-system', name: 'expansions', labels: { 'remora.dev/policy': 'true' } },
      data: { 'a.yaml': JSON.stringify(expansion) },
    });
    start();
    await idle();
    expect(asked()).to.deep.equal(['namespaced: pods,pods/ephemeralcontainers,services CREATE,UPDATE']);
  });
});

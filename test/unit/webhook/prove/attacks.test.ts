import { expect } from 'chai';
import type { Container, Pod, PodSpec } from '../../../../webhook/plan/pod.ts';
import { injectedAnnotation, planVersion, readInjected, sealAnnotation } from '../../../../webhook/plan/injected.ts';
import { parseSealKeys } from '../../../../webhook/prove/keys.ts';
import type { Proof } from '../../../../webhook/prove/proof.ts';
import { proveCreated } from '../../../../webhook/prove/prove.ts';
import { seal } from '../../../../webhook/prove/seal.ts';
import { proveUpdated } from '../../../../webhook/prove/update.ts';
import { without } from '../support/without.ts';
import { asAdmitted, mirrored, withForeignSidecar } from '../support/cluster.ts';
import { containerOf, factsOf, injected, keys, namespace, podOf, settingsOf } from '../support/scenario.ts';

const victim = podOf({
  containers: [containerOf({ env: [{ name: 'PORT', value: '8080' }] }), containerOf({ name: 'worker' })],
  initContainers: [{ name: 'migrate', image: 'migrate:1' }],
});
const native = injected({ pod: victim, settings: settingsOf(), facts: factsOf() }).pod;
const fallback = injected({ pod: victim, settings: settingsOf(), facts: factsOf({ imageVolumes: false }) }).pod;

function withSpec(pod: Pod, spec: Partial<PodSpec>): Pod {
  return { ...pod, spec: { ...pod.spec, ...spec } };
}

function withContainer(pod: Pod, name: string, change: (container: Container) => Container): Pod {
  const changed = (container: Container): Container => (container.name === name ? change(container) : container);
  return withSpec(pod, {
    containers: pod.spec.containers.map(changed),
    ...(pod.spec.initContainers === undefined ? {} : { initContainers: pod.spec.initContainers.map(changed) }),
  });
}

function withAnnotations(pod: Pod, annotations: Readonly<Record<string, string>>): Pod {
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } } };
}

function withoutAnnotation(pod: Pod, key: string): Pod {
  const annotations = without(pod.metadata.annotations, key);
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

function editInjected(pod: Pod, edit: (injected: Record<string, unknown>) => unknown): Pod {
  const text = pod.metadata.annotations?.[injectedAnnotation] ?? '{}';
  return withAnnotations(pod, {
    [injectedAnnotation]: JSON.stringify(edit(JSON.parse(text) as Record<string, unknown>)),
  });
}

const evilVolumes = native.spec.volumes?.map((volume) =>
  volume.name === 'remora-telemetry' ? { name: volume.name, hostPath: { path: '/' } } : volume,
);

/** What someone does to a sealed pod on its way, and the code that names it. */
const attacks: readonly (readonly [what: string, code: string, pod: Pod])[] = [
  ['drops both annotations', 'NotInjected', victim],
  ['drops the seal', 'SealMissing', withoutAnnotation(native, sealAnnotation)],
  ['writes a seal of its own', 'SealBroken', withAnnotations(native, { [sealAnnotation]: `v1.k2.${'A'.repeat(43)}` })],
  ['writes no seal at all', 'SealBroken', withAnnotations(native, { [sealAnnotation]: 'sealed' })],
  [
    'names a key that is gone',
    'SealKeyUnknown',
    withAnnotations(native, { [sealAnnotation]: `v1.k0.${'A'.repeat(43)}` }),
  ],
  ['writes no JSON into the inventory', 'SealBroken', withAnnotations(native, { [injectedAnnotation]: 'mine' })],
  [
    'empties the inventory',
    'SealBroken',
    editInjected(native, (one) => ({ ...one, adds: { volumes: [], initContainers: [], containers: [] } })),
  ],
  ['writes another plan version', 'PlanVersionUnknown', editInjected(native, (one) => ({ ...one, plan: 99 }))],
  ['writes a neighbouring plan version', 'SealBroken', editInjected(native, (one) => ({ ...one, plan: 2 }))],
  ['edits the list of skips', 'SealBroken', editInjected(native, (one) => ({ ...one, skipped: [] }))],
  ['adds a setting after injection', 'SealBroken', withAnnotations(native, { 'remora.dev/telemetry': 'off' })],
  [
    'drops the variables',
    'SealBroken',
    withContainer(native, 'web', (one) => ({ ...one, env: one.env?.slice(0, 1) ?? [] })),
  ],
  [
    'changes a variable',
    'SealBroken',
    withContainer(native, 'web', (one) => ({
      ...one,
      env: (one.env ?? []).map((variable) =>
        variable.name === 'NODE_OPTIONS' ? { ...variable, value: '' } : variable,
      ),
    })),
  ],
  [
    'puts a second variable of the name behind ours',
    'SealBroken',
    withContainer(native, 'web', (one) => ({ ...one, env: [...(one.env ?? []), { name: 'NODE_OPTIONS', value: '' }] })),
  ],
  ['drops the mount', 'SealBroken', withContainer(native, 'web', (one) => ({ ...one, volumeMounts: [] }))],
  [
    'mounts another volume there',
    'SealBroken',
    withContainer(native, 'web', (one) => ({
      ...one,
      volumeMounts: [{ name: 'data', mountPath: '/remora/telemetry' }],
    })),
  ],
  [
    'lays a mount over a folder of ours',
    'SealBroken',
    withContainer(native, 'web', (one) => ({
      ...one,
      volumeMounts: [...(one.volumeMounts ?? []), { name: 'data', mountPath: '/remora/telemetry/node' }],
    })),
  ],
  ['drops the volume', 'SealBroken', withSpec(native, { volumes: [] })],
  ['changes the volume', 'SealBroken', withSpec(native, evilVolumes === undefined ? {} : { volumes: evilVolumes })],
  [
    'changes the path of the volume’s image',
    'SealBroken',
    withSpec(native, { volumes: [{ name: 'remora-telemetry', image: { reference: 'docker.io/evil/agents:0.1.0' } }] }),
  ],
  ['drops a container', 'SealBroken', withSpec(native, { containers: native.spec.containers.slice(0, 1) })],
  ['puts the pod on the host’s network', 'SealBroken', withSpec(native, { hostNetwork: true })],
  ['drops the init container', 'SealBroken', withSpec(fallback, { initContainers: [] })],
  [
    'changes the path of the init container’s image',
    'SealBroken',
    withContainer(fallback, 'remora-telemetry', (one) => ({ ...one, image: 'docker.io/evil/agents:0.1.0' })),
  ],
  [
    'changes the tag of the init container’s image',
    'SealBroken',
    withContainer(fallback, 'remora-telemetry', (one) => ({ ...one, image: 'docker.io/remora/remora-telemetry:9' })),
  ],
  [
    'changes its command',
    'SealBroken',
    withContainer(fallback, 'remora-telemetry', (one) => ({ ...one, command: ['/bin/sh'] })),
  ],
  [
    'makes it privileged',
    'SealBroken',
    withContainer(fallback, 'remora-telemetry', (one) => ({ ...one, securityContext: { privileged: true } })),
  ],
  [
    'gives it a variable',
    'SealBroken',
    withContainer(fallback, 'remora-telemetry', (one) => ({ ...one, env: [{ name: 'LD_PRELOAD', value: '/x.so' }] })),
  ],
  [
    'lets another container write what the init container copied',
    'SealBroken',
    withContainer(fallback, 'migrate', (one) => ({
      ...one,
      volumeMounts: [{ name: 'remora-telemetry', mountPath: '/agents' }],
    })),
  ],
  ['runs as another ServiceAccount', 'SealOfAnotherPod', withSpec(native, { serviceAccountName: 'admin' })],
  [
    'copies the annotations to a pod of another owner',
    'SealOfAnotherPod',
    { ...native, metadata: { ...native.metadata, ownerReferences: [] } },
  ],
  [
    'copies the annotations to another pod of its owner',
    'SealBroken',
    { ...victim, metadata: { ...victim.metadata, annotations: native.metadata.annotations ?? {} } },
  ],
  [
    'names a container as if it were ours',
    'ReservedName',
    withSpec(native, { containers: [...native.spec.containers, { name: 'remora-proxy', image: 'evil:1' }] }),
  ],
  [
    'names a volume as if it were ours',
    'ReservedName',
    withSpec(native, { volumes: [...(native.spec.volumes ?? []), { name: 'remora-identity', emptyDir: {} }] }),
  ],
  [
    'names an init container as if it were ours',
    'ReservedName',
    withSpec(native, {
      initContainers: [...(native.spec.initContainers ?? []), { name: 'remora-x', image: 'evil:1' }],
    }),
  ],
];

describe('proof of a pod that is created', () => {
  for (const [what, code, pod] of attacks) {
    it(`is refused with ${code} to someone who ${what}`, () => {
      const proof = proveCreated(pod, namespace, keys);
      expect(proof).to.include({ outcome: 'unproved', code });
    });
  }

  it('is refused with SealOfAnotherNamespace to someone who copies the pod there', () => {
    expect(proveCreated(native, 'other', keys)).to.include({ outcome: 'unproved', code: 'SealOfAnotherNamespace' });
  });

  it('is refused when the copied annotation is made to name the namespace it came to', () => {
    const edited = editInjected(native, (one) => ({
      ...one,
      boundTo: { ...(one['boundTo'] as object), namespace: 'other' },
    }));
    expect(proveCreated(edited, 'other', keys)).to.include({ outcome: 'unproved', code: 'SealBroken' });
  });

  it('names what was removed, and where something was changed', () => {
    const dropped = proveCreated(withSpec(native, { volumes: [] }), namespace, keys);
    expect(dropped).to.have.property('message').that.includes('volume "remora-telemetry" was removed');
    const changed = withContainer(native, 'worker', (one) => ({
      ...one,
      env: (one.env ?? []).map((variable) => ({
        ...variable,
        ...(variable.name === 'PYTHONPATH' ? {} : { value: 'x' }),
      })),
    }));
    expect(proveCreated(changed, namespace, keys))
      .to.have.property('message')
      .that.includes('container/worker was changed');
  });

  const tolerated: readonly (readonly [what: string, pod: Pod])[] = [
    ['nothing', native],
    ['API defaults, LimitRanger, mirrors, the token mount and the scheduler', asAdmitted(native)],
    ['the same in a pod with the copier', asAdmitted(fallback)],
    ['another webhook’s sidecar', withForeignSidecar(asAdmitted(fallback))],
    [
      'another webhook’s variable in the user’s container',
      withContainer(native, 'web', (one) => ({
        ...one,
        env: [...(one.env ?? []), { name: 'AWS_REGION', value: 'x' }],
      })),
    ],
    [
      'a mirror for the user’s image',
      withContainer(native, 'web', (one) => ({ ...one, image: mirrored(one.image ?? '') })),
    ],
    ['labels and annotations of others', withAnnotations(native, { 'example.com/note': 'x' })],
  ];
  for (const [what, pod] of tolerated) {
    it(`holds after ${what}`, () => expect(proveCreated(pod, namespace, keys)).to.deep.equal({ outcome: 'proved' }));
  }

  it('holds for a seal of the key before, and no longer for one before that', () => {
    const [current, previous] = [{ id: 'k3', secret: Buffer.alloc(32, 3) }, keys.current];
    expect(proveCreated(native, namespace, { current, previous })).to.deep.equal({ outcome: 'proved' });
    expect(proveCreated(native, namespace, { current })).to.include({ code: 'SealKeyUnknown' });
    const sameId = { id: 'k2', secret: Buffer.alloc(32, 9) };
    expect(proveCreated(native, namespace, { current: sameId })).to.include({ code: 'SealBroken' });
  });

  it('holds for a pod that the plan version before or after sealed, and no longer for one before or after that', () => {
    const sealedBy = (version: number): Pod => {
      const pod = editInjected(native, (one) => ({ ...one, plan: version }));
      const written = readInjected(pod.metadata.annotations?.[injectedAnnotation] ?? '');
      if (written === undefined) throw new Error('not what Remora writes');
      return withAnnotations(pod, { [sealAnnotation]: seal(pod, namespace, written, keys.current) });
    };
    for (const step of [-1, 0, 1]) {
      expect(proveCreated(sealedBy(planVersion + step), namespace, keys), String(step)).to.deep.equal({
        outcome: 'proved',
      });
    }
    for (const step of [-2, 2]) {
      expect(proveCreated(sealedBy(planVersion + step), namespace, keys)).to.include({ code: 'PlanVersionUnknown' });
    }
  });

  it('holds for a pod from which everything was skipped, sealed as such', () => {
    const { pod } = injected({ pod: victim, settings: settingsOf('off'), facts: factsOf() });
    expect(proveCreated(pod, namespace, keys)).to.deep.equal({ outcome: 'proved' });
  });
});

/** Provers with a mistake, as what they overlook. */
const mutants: readonly (readonly [mutant: string, prove: (pod: Pod) => Proof])[] = [
  ['believes what the annotation says it is bound to', believing],
  [
    'is content with any seal',
    ({ metadata: { annotations } }) =>
      annotations?.[sealAnnotation] === undefined ? proveCreated(victim, namespace, keys) : { outcome: 'proved' },
  ],
  [
    'looks at the first variable of a name',
    (pod) =>
      proveCreated(
        eachContainer(pod, (one) => ({ ...one, env: firstOfEach(one.env ?? []) })),
        namespace,
        keys,
      ),
  ],
  [
    'looks at mounts by their exact path',
    (pod) =>
      proveCreated(
        eachContainer(pod, (one) => ({
          ...one,
          volumeMounts: (one.volumeMounts ?? []).filter(({ mountPath }) => !mountPath.startsWith('/remora/telemetry/')),
        })),
        namespace,
        keys,
      ),
  ],
  [
    'does not look who else mounts what is ours',
    (pod) =>
      proveCreated(
        eachContainer(pod, (one) => ({
          ...one,
          volumeMounts: (one.volumeMounts ?? []).filter(({ mountPath }) => mountPath !== '/agents'),
        })),
        namespace,
        keys,
      ),
  ],
  [
    'does not look at names that it did not give',
    (pod) =>
      proveCreated(
        withSpec(pod, { containers: pod.spec.containers.filter(({ name }) => !name.startsWith('remora-')) }),
        namespace,
        keys,
      ),
  ],
  [
    'does not look at who runs the pod',
    (pod) => proveCreated(withSpec(pod, { serviceAccountName: 'web' }), namespace, keys),
  ],
  [
    'does not look at the settings that were read',
    (pod) => proveCreated(withoutAnnotation(pod, 'remora.dev/telemetry'), namespace, keys),
  ],
];

function believing(pod: Pod): Proof {
  const sealedFor = readInjected(pod.metadata.annotations?.[injectedAnnotation] ?? '')?.boundTo.namespace;
  return proveCreated(pod, sealedFor ?? namespace, keys);
}

function eachContainer(pod: Pod, change: (container: Container) => Container): Pod {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].reduce(
    (changed, { name }) => (name === 'remora-telemetry' ? changed : withContainer(changed, name, change)),
    pod,
  );
}

function firstOfEach(env: NonNullable<Container['env']>): NonNullable<Container['env']> {
  return env.filter(({ name }, index) => env.findIndex((one) => one.name === name) === index);
}

describe('attacks', () => {
  const copied = injected({
    pod: victim,
    settings: settingsOf(),
    facts: { ...factsOf(), namespace: { name: 'other', labels: {}, annotations: {} } },
  }).pod;

  for (const [mutant, prove] of mutants) {
    it(`tell a prover apart that ${mutant}`, () => {
      const deceived = [...attacks.map(([, , pod]) => pod), copied].filter((pod) => prove(pod).outcome === 'proved');
      expect(deceived, `survived: ${mutant}`).not.to.deep.equal([]);
    });
  }

  it('are all refused by the prover itself', () => {
    for (const pod of [...attacks.map(([, , one]) => one), copied]) {
      expect(proveCreated(pod, namespace, keys).outcome).to.equal('unproved');
    }
  });
});

describe('proof of a pod that is updated', () => {
  const running = asAdmitted(native);

  for (const [what, code, pod] of attacks) {
    // Who owns or runs a pod is the API server's to guard in an update, and spec.hostNetwork cannot be changed.
    if (code === 'SealOfAnotherPod' || what.includes('host’s network') || pod.spec === victim.spec) continue;
    if (code === 'ReservedName') continue;
    const old = pod.spec.initContainers?.some(({ name }) => name === 'remora-telemetry') ? fallback : native;
    it(`is refused to someone who ${what}`, () => {
      expect(proveUpdated(what.includes('drops the init') ? fallback : old, pod)).to.include({ code: 'SealBroken' });
    });
  }

  it('names the very variable that was changed', () => {
    const pod = withContainer(native, 'web', (one) => ({
      ...one,
      env: (one.env ?? []).map((variable) =>
        variable.name === 'NODE_OPTIONS' ? { ...variable, value: '' } : variable,
      ),
    }));
    expect(proveUpdated(native, pod))
      .to.have.property('message')
      .that.includes('environment variable NODE_OPTIONS of container "web"');
  });

  it('leaves alone what is not Remora’s: images, labels, owners, resources, tolerations', () => {
    const changed = withContainer(running, 'web', (one) => ({
      ...one,
      image: 'x:2',
      resources: { limits: { cpu: '2' } },
    }));
    const orphaned = { ...changed, metadata: { ...changed.metadata, ownerReferences: [], labels: {} } };
    expect(proveUpdated(running, orphaned)).to.deep.equal({ outcome: 'proved' });
  });

  it('never holds a pod that is being deleted', () => {
    const pod = { ...victim, metadata: { ...victim.metadata, deletionTimestamp: '2026-11-23T00:00:00Z' } };
    expect(proveUpdated(native, pod)).to.deep.equal({ outcome: 'proved' });
  });

  it('needs no keys, and asks nothing of a pod that was never injected but that it stays so', () => {
    expect(proveUpdated(victim, withAnnotations(victim, { 'remora.dev/telemetry': 'off' }))).to.deep.equal({
      outcome: 'proved',
    });
    expect(proveUpdated(victim, withAnnotations(victim, { [injectedAnnotation]: '{}' }))).to.include({
      code: 'SealBroken',
    });
    expect(proveUpdated(victim, withAnnotations(victim, { [sealAnnotation]: 'x' }))).to.include({ code: 'SealBroken' });
  });

  it('lets ephemeral containers in, but not into what was injected', () => {
    const debug = (volume: string): Pod =>
      withSpec(running, {
        ephemeralContainers: [{ name: 'debug', image: 'busybox:1', volumeMounts: [{ name: volume, mountPath: '/x' }] }],
      });
    expect(proveUpdated(running, debug('data'))).to.deep.equal({ outcome: 'proved' });
    expect(proveUpdated(running, debug('remora-telemetry'))).to.include({
      code: 'EphemeralContainerMountsInjectedVolume',
    });
    const named = withSpec(running, { ephemeralContainers: [{ name: 'remora-debug', image: 'busybox:1' }] });
    expect(proveUpdated(running, named)).to.include({ code: 'ReservedName' });
  });
});

describe('keys of the seal', () => {
  const secret = Buffer.alloc(32, 7).toString('base64');

  it('are read with one generation or two', () => {
    const one = parseSealKeys(JSON.stringify({ current: { id: 'a', secret } }));
    expect(one).to.deep.equal({ current: { id: 'a', secret: Buffer.alloc(32, 7) } });
    const two = parseSealKeys(JSON.stringify({ current: { id: 'b', secret }, previous: { id: 'a', secret } }));
    expect(two?.previous?.id).to.equal('a');
  });

  it('are none until control has written usable ones', () => {
    for (const text of [
      undefined,
      '',
      'x',
      '[]',
      '{}',
      '{"current":1}',
      '{"current":{"id":"a","secret":"c2hvcnQ="}}',
    ]) {
      expect(parseSealKeys(text)).to.equal(undefined);
    }
    expect(parseSealKeys(JSON.stringify({ current: { id: 'with.dot', secret } }))).to.equal(undefined);
  });
});

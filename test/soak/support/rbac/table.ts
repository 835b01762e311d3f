import { configurations } from '../../../../certs/configurations.ts';
import { hearsOfBundle, mendsBundle } from './bundle.ts';
import type { Check } from './check.ts';
import { countsRefusals, recordsRefusals } from './events.ts';
import { hearsOfNodes, writesFinding } from './findings.ts';
import { hearsOfImages, hearsOfLabels } from './images.ts';
import { holdsLease } from './lease.ts';
import {
  cleansModules,
  derivesRules,
  hearsOf,
  hearsOfPolicies,
  knowsOf,
  readableKinds,
  remembersFirstSights,
  storesModules,
  takesModules,
} from './policies.ts';
import { countsPulls, tellsOfPulls } from './pulls.ts';
import { hearsOfSecret, mendsSecret } from './secrets.ts';
import { uninstalls } from './uninstall.ts';
import { getsReady, hearsOfCertificate, hearsOfConfigMaps, hearsOfNamespaces, hearsOfSealKeys } from './webhook.ts';

/** Rights that one check shows to be needed. */
interface Rows {
  readonly scope: 'everywhere' | 'in remora-system';
  readonly verbs: readonly string[];
  /** `<group>/<resource>/<name>`. */
  readonly on: readonly string[];
  readonly check: Check;
}

const admission = 'admissionregistration.k8s.io';
const everywhere = 'everywhere';
const inside = 'in remora-system';
const images = ['/namespaces/*', '/pods/*', 'apps/deployments/*', 'apps/statefulsets/*', 'apps/daemonsets/*'];

const webhook: readonly Rows[] = [
  { scope: everywhere, verbs: ['list'], on: ['/namespaces/*', '/configmaps/*'], check: getsReady },
  { scope: inside, verbs: ['list'], on: ['/secrets/remora-webhook-tls', '/secrets/remora-seal'], check: getsReady },
  { scope: everywhere, verbs: ['watch'], on: ['/namespaces/*'], check: hearsOfNamespaces },
  { scope: everywhere, verbs: ['watch'], on: ['/configmaps/*'], check: hearsOfConfigMaps },
  { scope: inside, verbs: ['watch'], on: ['/secrets/remora-webhook-tls'], check: hearsOfCertificate },
  { scope: inside, verbs: ['watch'], on: ['/secrets/remora-seal'], check: hearsOfSealKeys },
  ...readableKinds.flatMap((kind): readonly Rows[] => {
    const on = [`${kind.type.group}/${kind.type.plural}/*`];
    return [
      { scope: everywhere, verbs: ['list'], on, check: knowsOf(kind) },
      { scope: everywhere, verbs: ['watch'], on, check: hearsOf(kind) },
    ];
  }),
  { scope: inside, verbs: ['get'], on: ['/configmaps/*'], check: takesModules },
  { scope: inside, verbs: ['create'], on: ['/configmaps/*'], check: storesModules },
  { scope: inside, verbs: ['update'], on: ['/configmaps/remora-audit'], check: remembersFirstSights },
  { scope: everywhere, verbs: ['create'], on: ['events.k8s.io/events/*'], check: recordsRefusals },
  { scope: everywhere, verbs: ['patch'], on: ['events.k8s.io/events/*'], check: countsRefusals },
];

const control: readonly Rows[] = [
  ...configurations.flatMap((configuration): readonly Rows[] => {
    const on = [`${admission}/${configuration.type.plural}/${configuration.name}`];
    return [
      { scope: everywhere, verbs: ['get', 'patch'], on, check: mendsBundle(configuration) },
      { scope: everywhere, verbs: ['list', 'watch'], on, check: hearsOfBundle(configuration) },
    ];
  }),
  ...(['remora-ca', 'remora-seal', 'remora-webhook-tls'] as const).flatMap((name): readonly Rows[] => [
    { scope: inside, verbs: ['get', 'update'], on: [`/secrets/${name}`], check: mendsSecret(name) },
    { scope: inside, verbs: ['list', 'watch'], on: [`/secrets/${name}`], check: hearsOfSecret(name) },
  ]),
  { scope: everywhere, verbs: ['list'], on: ['/configmaps/*'], check: derivesRules },
  { scope: everywhere, verbs: ['watch'], on: ['/configmaps/*'], check: hearsOfPolicies },
  { scope: inside, verbs: ['delete'], on: ['/configmaps/*'], check: cleansModules },
  { scope: inside, verbs: ['get', 'update'], on: ['coordination.k8s.io/leases/remora-control'], check: holdsLease },
  { scope: inside, verbs: ['patch'], on: ['/configmaps/remora-platform'], check: writesFinding('remora-platform') },
  { scope: inside, verbs: ['create'], on: ['/pods/*'], check: writesFinding('remora-platform') },
  { scope: everywhere, verbs: ['list'], on: ['/nodes/*'], check: writesFinding('remora-platform') },
  { scope: everywhere, verbs: ['watch'], on: ['/nodes/*'], check: hearsOfNodes },
  { scope: inside, verbs: ['patch'], on: ['/configmaps/remora-images'], check: writesFinding('remora-images') },
  { scope: everywhere, verbs: ['list'], on: [...images, 'batch/cronjobs/*'], check: writesFinding('remora-images') },
  { scope: everywhere, verbs: ['watch'], on: ['/namespaces/*'], check: hearsOfLabels },
  { scope: everywhere, verbs: ['watch'], on: ['/pods/*'], check: hearsOfImages('Pod') },
  { scope: everywhere, verbs: ['watch'], on: ['apps/deployments/*'], check: hearsOfImages('Deployment') },
  { scope: everywhere, verbs: ['watch'], on: ['apps/statefulsets/*'], check: hearsOfImages('StatefulSet') },
  { scope: everywhere, verbs: ['watch'], on: ['apps/daemonsets/*'], check: hearsOfImages('DaemonSet') },
  { scope: everywhere, verbs: ['watch'], on: ['batch/cronjobs/*'], check: hearsOfImages('CronJob') },
  { scope: everywhere, verbs: ['create'], on: ['events.k8s.io/events/*'], check: tellsOfPulls },
  { scope: everywhere, verbs: ['patch'], on: ['events.k8s.io/events/*'], check: countsPulls },
];

const uninstall: readonly Rows[] = [
  {
    scope: everywhere,
    verbs: ['delete'],
    on: [
      ...configurations.map(({ type, name }) => `${admission}/${type.plural}/${name}`),
      ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].flatMap((plural) =>
        ['zz-remora', 'zz-remora-optin'].map((name) => `${admission}/${plural}/${name}`),
      ),
    ],
    check: uninstalls,
  },
  { scope: everywhere, verbs: ['list'], on: ['/pods/*'], check: uninstalls },
];

/**
 * Every right of the chart, as `grantText` writes it, and the check that fails without it; in the order of the soak,
 * which takes Remora out of admission at its end. An account that is not here has no right.
 */
export const table: ReadonlyMap<string, Check> = new Map(
  Object.entries({ 'remora-webhook': webhook, 'remora-control': control, 'remora-uninstall': uninstall }).flatMap(
    ([account, rows]) =>
      rows.flatMap(({ scope, verbs, on, check }) =>
        on.flatMap((object) => verbs.map((verb) => [`${account}: ${verb} ${object} ${scope}`, check] as const)),
      ),
  ),
);

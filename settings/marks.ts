import { listOfWords, word } from './value.ts';
import type { ValueKind } from './value.ts';
import { catalog } from './catalog.ts';
import type { LockKey } from './types.ts';

/** Prefix of every label and annotation of Remora. */
export const prefix = 'remora.dev/';

/** Objects whose labels and annotations Remora reads. */
export type Carrier = 'namespace' | 'pod' | 'configmap';

/** A key under `remora.dev/` that is no setting: it stands only as a label or annotation, and only on some objects. */
export interface Mark {
  readonly key: string;
  readonly as: 'label' | 'annotation';
  readonly on: readonly Carrier[];
  /** Who writes it: people, or Remora alone. */
  readonly writtenBy: 'people' | 'Remora';
  readonly description: string;
}

/** Value of the label `remora.dev/inject`. Written by a namespace's admin, and on pods by their author. */
export const injectKind: ValueKind<'enabled' | 'disabled'> = word(['enabled', 'disabled'], {
  enabled: ['true', 'on', 'yes', '1', 'enable', 'auto'],
  disabled: ['false', 'off', 'no', '0', 'disable', 'none'],
});

const lockable = ['inject', ...catalog.rows.map(({ key }) => key)];

/** Value of the annotation `remora.dev/lock`. Written by a namespace's admin. */
// Every row's key is a setting key; a lock names a pattern as a whole.
export const lockKind = listOfWords(lockable) as ValueKind<readonly LockKey[]>;

export const marks: readonly Mark[] = [
  {
    key: 'inject',
    as: 'label',
    on: ['namespace', 'pod'],
    writtenBy: 'people',
    description:
      '`enabled` or `disabled`. On a namespace: whether its pods are injected; nothing means no. On a pod (template): ' +
      'for this pod, over its namespace.',
  },
  {
    key: 'lock',
    as: 'annotation',
    on: ['namespace'],
    writtenBy: 'people',
    description:
      'Settings (and `inject`) that ConfigMaps and pods of the namespace may tighten and never loosen. The chart has ' +
      'the same as the value `lock`, which binds namespaces too.',
  },
  {
    key: 'settings',
    as: 'label',
    on: ['configmap'],
    writtenBy: 'people',
    description: '`true` on a ConfigMap whose `settings.yaml` holds settings for pods of its namespace.',
  },
  {
    key: 'policy',
    as: 'label',
    on: ['configmap'],
    writtenBy: 'people',
    description: '`true` on a ConfigMap that holds a policy: Rego, or documents of Gatekeeper.',
  },
  {
    key: 'injected',
    as: 'annotation',
    on: ['pod'],
    writtenBy: 'Remora',
    description: 'What was put into the pod, what was left out, and where each setting came from.',
  },
  {
    key: 'seal',
    as: 'annotation',
    on: ['pod'],
    writtenBy: 'Remora',
    description: 'Signature over what was put into the pod, which the proof of injection checks.',
  },
];

const byKey = new Map(marks.map((mark) => [mark.key, mark]));

export function findMark(key: string): Mark | undefined {
  return byKey.get(key);
}

import { catalog } from './catalog.ts';
import type { Row } from './catalog.ts';
import { injectKind, lockKind, marks, prefix } from './marks.ts';
import { policyKeys, policyTable } from './policies/keys.ts';
import { writers } from './table.ts';
import type { Writer } from './table.ts';

/** How docs/annotations.md names the sources of settings. */
const writerNames: Readonly<Record<Writer, string>> = {
  chart: 'chart values (`settings`)',
  namespace: 'annotation of the namespace',
  configmap: 'settings ConfigMap',
  pod: 'annotation of the pod template',
};

const introduction = `# Labels, annotations and settings

<!-- Generated from settings/table.ts, settings/marks.ts and settings/policies/keys.ts by \`npm run docs\`. Edit those. -->

One label puts a namespace's pods in. Everything else has a default, and may be said in four places; the last one that
says something wins:

${writers.map((writer, index) => `${index + 1}. ${writerNames[writer]}`).join('\n')}

What you wrote into the pod itself (environment, volumes, containers) is never overridden. Where each value came from
stands in \`remora.dev/injected\` on the pod. An unknown key, a value that cannot be read, or a key in the wrong place
is refused, with all the problems at once, the place of each, what is allowed there, and the nearest valid spelling.

## How to write them

On a namespace or a pod template every key carries \`${prefix}\`; values are text, so \`"off"\` needs its quotes in YAML:

\`\`\`yaml
metadata:
  annotations:
    ${prefix}telemetry: "off"
\`\`\`

For charts that expose no pod annotations there are settings ConfigMaps: any number of them, in the pods' namespace,
with the label \`${prefix}settings: "true"\`. They apply in order of their names, and within one the later entry wins.
\`match.labels\` picks pods that carry all of these labels; \`{}\` picks every pod. Keys carry no prefix here. Aliases
(\`*name\`) and several documents are refused, and 32 KiB is the limit.

\`\`\`yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-settings
  labels:
    ${prefix}settings: "true"
data:
  settings.yaml: |
    - match: { labels: { app: cart } }
      settings:
        telemetry: node
        telemetry-containers: server
\`\`\`

A cluster's admin may lock keys in the chart (\`lock: [telemetry]\`), and a namespace's admin with the annotation
\`${prefix}lock\`. Below a lock a value may be tightened and never loosened; what counts as tighter is said at each
setting. A lock of \`inject\` keeps pods of a labelled namespace from opting out. Only a namespace's admin can take the
namespace out, and that is never refused.
`;

/** Text of docs/annotations.md. */
export function annotationsGuide(): string {
  return [
    introduction,
    '## Settings\n',
    table(
      ['key', 'values', 'default', 'since'],
      catalog.rows.map(({ key, setting }) => [
        `[\`${key}\`](#${key.replaceAll(/[<>]/g, '').toLowerCase()})`,
        setting.kind.allowed,
        setting.default === undefined ? 'none' : shownDefault(setting.kind.print(setting.default)),
        setting.since,
      ]),
    ),
    ...catalog.rows.map(section),
    '## Labels and annotations that are no settings\n',
    table(
      ['key', 'is', 'of', 'written by', 'meaning'],
      marks.map((mark) => [`\`${prefix}${mark.key}\``, mark.as, mark.on.join(', '), mark.writtenBy, mark.description]),
    ),
    `\`${prefix}inject\` is ${injectKind.allowed}. \`${prefix}lock\` is ${lockKind.allowed}.\n`,
    policies,
    table(
      ['annotation', 'in METADATA', 'values', 'otherwise', 'example', 'meaning'],
      policyKeys.map((key) => {
        const { kind, otherwise, example, description } = policyTable[key];
        return [`\`${prefix}policy-${key}\``, `\`${key}\``, kind.allowed, otherwise, `\`${example}\``, description];
      }),
    ),
  ].join('\n');
}

const policies = `## Policies

What a policy ConfigMap (label \`${prefix}policy: "true"\`) says beside its Rego: as annotations of the ConfigMap, or below
\`custom.remora\` of a \`# METADATA\` block of its Rego, where a list may be written as one. A key that stands in both is
refused. The schema is [policy.schema.json](policy.schema.json). A ConfigMap with Gatekeeper's documents takes only
\`${prefix}policy-on-failure\`: all else is said by the constraints.
`;

function section({ key, setting }: Row): string {
  return [
    `### ${key}\n`,
    `${setting.description}\n`,
    `- Allowed: ${setting.kind.allowed}.`,
    `- May be written as: ${setting.writers.map((writer) => writerNames[writer]).join(', ')}.`,
    `- Tighter, for a lock: ${setting.tighter}.\n`,
    '```yaml',
    ...setting.examples.map(({ text, meaning }) => `${prefix}${key}: "${text}" # ${meaning}`),
    '```\n',
  ].join('\n');
}

function shownDefault(text: string): string {
  return text === '' ? 'nothing' : `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

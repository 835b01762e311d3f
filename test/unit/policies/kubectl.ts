import type { Terminal } from '../../tutorial/follow.ts';
import type { AdmissionResponse } from '../../../webhook/admission/response.ts';
import { describeFault, shownField } from '../../../runtime/problem.ts';
import type { Stored } from '../kube/apiserver.ts';
import { objectOf } from './door.ts';
import type { Door } from './door.ts';

/** Entries of the chart that a kind is refused by. */
const entries = { policy: 'configmaps.policies.remora.dev', object: 'namespaced.policies.remora.dev' };

/**
 * A terminal in which `kubectl` talks to a door. It understands what pages show of apply, annotate, label and delete, and prints
 * what kubectl prints, and edits files by `sed`; test/e2e/policies types the same pages on a real cluster.
 *
 * @throws Error for a command that it does not understand.
 */
export function terminalOf(door: Door): Terminal {
  const files = new Map<string, string>();
  return {
    save: (name, text) => Promise.resolve(void files.set(name, text)),
    type: async (line) => {
      const edit = /^sed -i 's\/([^/]+)\/([^/]+)\/' (\S+)$/.exec(line);
      if (edit !== null) {
        const [, from = '', to = '', file = ''] = edit;
        files.set(
          file,
          (files.get(file) ?? '').replace(from, () => to),
        );
        return '';
      }
      const words = readLine(line);
      if (words.verb === 'apply') {
        const text = files.get(words.file);
        if (text === undefined) return `error: the path "${words.file}" does not exist`;
        return await apply(door, objectOf(text, words.namespace), words);
      }
      const [kind, name = ''] = words.names;
      if (kind !== 'configmap') throw new Error(`not understood: ${line}`);
      const before = door.stored('ConfigMap', words.namespace, name);
      if (before === undefined) return `Error from server (NotFound): configmaps "${name}" not found`;
      if (words.verb === 'delete') {
        await door.remove('ConfigMap', words.namespace, name);
        return `configmap "${name}" deleted from ${words.namespace} namespace`;
      }
      const response = await door.write(changed(before, words));
      if (response.outcome === 'denied') return refusal(response, '', entries.policy);
      const done = words.verb === 'annotate' ? 'annotated' : line.endsWith('-') ? 'unlabeled' : 'labeled';
      return [...warningsOf(response), `configmap/${name} ${done}`].join('\n');
    },
  };
}

interface Words {
  readonly verb: string;
  readonly names: readonly string[];
  readonly namespace: string;
  readonly file: string;
  readonly isDryRun: boolean;
}

function readLine(line: string): Words {
  const [program, verb = '', ...rest] = line.split(' ');
  if (program !== 'kubectl' || !['apply', 'annotate', 'label', 'delete'].includes(verb))
    throw new Error(`not understood: ${line}`);
  const names: string[] = [];
  let [namespace, file, isDryRun] = ['default', '', false];
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (word === '-n') namespace = rest[++at] ?? '';
    else if (word === '-f') file = rest[++at] ?? '';
    else if (word === '--dry-run=server') isDryRun = true;
    else if (word === '--overwrite') continue;
    else if (word.startsWith('-')) throw new Error(`not understood: ${word} in ${line}`);
    else names.push(word);
  }
  return { verb, names, namespace, file, isDryRun };
}

async function apply(door: Door, object: Stored, { file, isDryRun }: Words): Promise<string> {
  const { kind = '', apiVersion = '', metadata } = object;
  const before = door.stored(kind, metadata.namespace ?? '', metadata.name);
  const response = await door.write(object, { isDryRun });
  const isPolicy = kind === 'ConfigMap';
  if (response.outcome === 'denied') {
    return refusal(response, file, isPolicy ? entries.policy : entries.object, before === undefined);
  }
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0] ?? ''}` : '';
  const isSame = before !== undefined && JSON.stringify(bare(before)) === JSON.stringify(bare(object));
  const done = before === undefined ? 'created' : isSame ? 'unchanged' : 'configured';
  const name = `${kind.toLowerCase()}${group}/${metadata.name}`;
  return [...warningsOf(response), `${name} ${done}${isDryRun ? ' (server dry run)' : ''}`].join('\n');
}

/** An object without what the API server writes into it. */
function bare({ metadata, ...rest }: Stored): unknown {
  const { uid: _uid, resourceVersion: _version, ...own } = metadata;
  return { metadata: own, ...rest };
}

/** With annotations (`key=value`) or labels (`key=value`, `key-`) changed. */
function changed(before: Stored, { verb, names }: Words): Stored {
  const field = verb === 'label' ? 'labels' : 'annotations';
  const marks = new Map(Object.entries((before.metadata[field] ?? {}) as Readonly<Record<string, string>>));
  for (const word of names.slice(2)) {
    const [key = '', value] = word.split('=');
    if (value === undefined) marks.delete(key.slice(0, -1));
    else marks.set(key, value);
  }
  return { ...before, metadata: { ...before.metadata, [field]: Object.fromEntries(marks) } };
}

function warningsOf({ warnings }: AdmissionResponse): readonly string[] {
  return warnings.map((warning) => `Warning: ${warning}`);
}

type Denied = Extract<AdmissionResponse, { readonly outcome: 'denied' }>;

/** As kubectl writes it: causes of an invalid object each by itself, else the API server's sentence. */
function refusal(response: Denied, file: string, entry: string, isNew = true): string {
  const { message, problems, status } = response;
  const lines = warningsOf(response);
  if (status === 422 && problems.length > 0) {
    const causes = problems.map((problem) => `${shownField(problem.field)}: ${describeFault(problem)}`);
    const [first = ''] = causes;
    const listed = causes.map((cause) => `* ${cause}`).join('\n');
    return [...lines, `The request is invalid: ${causes.length === 1 ? first : `\n${listed}`}`].join('\n');
  }
  const where =
    file === '' ? '' : isNew ? `error when creating "${file}": ` : `error when applying patch to "${file}": `;
  return [
    ...lines,
    `Error from server (Forbidden): ${where}admission webhook "${entry}" denied the request: ${message}`,
  ].join('\n');
}

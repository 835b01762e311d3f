import type { Problem } from '../../../runtime/problem.ts';
import { Field, isRecord } from '../field.ts';
import { factsOf } from '../object.ts';
import type { KubeObject, ObjectFacts } from '../object.ts';
import type { YamlDocument } from '../yaml/documents.ts';

/** One Kubernetes object of a YAML file. */
export interface Resource extends ObjectFacts {
  readonly object: KubeObject;
  /** Key of the ConfigMap, or path of the file. */
  readonly file: string;
  readonly document: YamlDocument;
}

/** The object of a document; reported under `code` when it is none. */
export function readResource(
  file: string,
  document: YamlDocument,
  code: string,
  problems: Problem[],
): Resource | undefined {
  const { value } = document;
  const field = new Field(value, [], { code, problems, locate: document.locate });
  if (!isRecord(value)) {
    field.refuse('a Kubernetes object');
    return undefined;
  }
  field.at('apiVersion').text('required');
  field.at('kind').text('required');
  return { ...factsOf(value), object: value, file, document };
}

/** The object as a field whose problems have a code. */
export function fieldOf({ object, document }: Resource, code: string, problems: Problem[]): Field {
  return new Field(object, [], { code, problems, locate: document.locate });
}

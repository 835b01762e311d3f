import type { ModuleSource, RegoFile, RegoVersion } from '../../types.ts';
import { outlineRego } from './outline.ts';

/** Package that a template's Rego is put into, whatever it calls itself, as Gatekeeper does. */
const templatePackage = 'template';

export const templateFile = 'template.rego';
export const answerFile = 'gatekeeper.rego';

export function libFile(at: number): string {
  return `lib-${at}.rego`;
}

/**
 * What Gatekeeper makes of a template's violations: each has a message and details, `{}` when it says none, equal ones
 * are one, and what has no message is none. OPA checks the types of both against the template's. Valid in Rego v0 and v1.
 */
const answer = `package gatekeeper

import rego.v1

violation contains {"msg": found.msg, "details": object.get(found, "details", {})} if {
	data.${templatePackage}.violation[found]
}
`;

/** The module of one template: its Rego, its libs, and the rule that answers as Gatekeeper does. */
export function moduleOf(rego: string, libs: readonly string[], regoVersion: RegoVersion): ModuleSource {
  const files: readonly RegoFile[] = [
    { name: answerFile, text: answer },
    ...libs.map((text, at) => ({ name: libFile(at), text })),
    { name: templateFile, text: renamePackage(rego) },
  ];
  const ordered = [...files].sort((left, right) => (left.name < right.name ? -1 : 1));
  return { files: ordered, regoVersion, entrypoints: ['gatekeeper/violation'] };
}

/** Lines stay where they are. */
function renamePackage(rego: string): string {
  const found = outlineRego(rego).package;
  return found === undefined ? rego : `${rego.slice(0, found.start)}${templatePackage}${rego.slice(found.end)}`;
}

/**
 * What OPA may know of while it works on a stranger's text (`opa capabilities`): all that this OPA has, less the
 * built-ins that are refused, and no host at all that a schema may be fetched from (`allow_net`).
 *
 * @throws SyntaxError when the text is not what `opa capabilities --current` prints.
 */
export function restrictCapabilities(
  current: string,
  refused: ReadonlySet<string>,
): { readonly text: string; readonly names: readonly string[] } {
  const capabilities = JSON.parse(current) as { readonly builtins: readonly { readonly name: string }[] };
  const builtins = capabilities.builtins.filter(({ name }) => !refused.has(name));
  return {
    text: JSON.stringify({ ...capabilities, builtins, allow_net: [] }),
    names: builtins.map(({ name }) => name),
  };
}

/**
 * Besides the refused ones, what an author's tests may not call: there OPA itself answers, and it would read files that
 * a schema names (`{"$ref": "file:///…"}`, seen with OPA 1.22). A policy may: its Wasm asks us.
 */
export const refusedInTests: Readonly<Record<string, string>> = {
  'json.match_schema': 'in a policy that carries tests: OPA, which runs the tests, reads files that a schema names',
  'json.verify_schema': 'in a policy that carries tests: OPA, which runs the tests, reads files that a schema names',
};

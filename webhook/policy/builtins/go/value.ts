/** A value of Go as `fmt` sees it: what a built-in of OPA hands to `fmt.Sprintf`, or what a template works with. */
export type GoValue =
  | { readonly type: 'nil' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int' | 'int64' | 'uint8'; readonly value: bigint }
  | { readonly type: 'float64'; readonly value: number }
  | { readonly type: 'string' | 'json.Number'; readonly value: string }
  | { readonly type: '*big.Int'; readonly value: bigint }
  | { readonly type: '[]interface {}'; readonly values: readonly GoValue[] }
  /** Keys are in Go's order of strings, as `fmt` prints them. */
  | { readonly type: 'map[string]interface {}'; readonly entries: readonly (readonly [string, GoValue])[] };

export const nil: GoValue = { type: 'nil' };

export function goString(value: string): GoValue {
  return { type: 'string', value };
}

export function goInt(value: number): GoValue {
  return { type: 'int', value: BigInt(value) };
}

export function goBool(value: boolean): GoValue {
  return { type: 'bool', value };
}

/** A node of a YAML document as it is written, before anything is known of its type. */
export type YamlNode = YamlScalar | YamlSequence | YamlMapping | YamlAlias;

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly text: string;
  /** Short, like `!!int` or `!local`; empty where none is written. */
  readonly tag: string;
  /** Not plain: in quotes, or a block. */
  readonly isQuoted: boolean;
}

export interface YamlSequence {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

export interface YamlMapping {
  readonly kind: 'mapping';
  readonly pairs: readonly (readonly [key: YamlNode, value: YamlNode])[];
}

export interface YamlAlias {
  readonly kind: 'alias';
  /** The node with the anchor; a function, for a node may hold an alias of itself. */
  readonly target: () => YamlNode;
}

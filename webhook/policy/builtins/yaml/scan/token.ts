/** What the scanner makes of a text, and the parser takes apart. */
export type Token =
  | { readonly kind: Mark }
  | { readonly kind: 'anchor'; readonly name: string }
  | { readonly kind: 'alias'; readonly name: string }
  | { readonly kind: 'tag'; readonly handle: string; readonly suffix: string }
  | { readonly kind: 'scalar'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'tag directive'; readonly handle: string; readonly prefix: string };

export type Mark =
  | 'document start'
  | 'document end'
  | 'block sequence'
  | 'block mapping'
  | 'block end'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | '-'
  | 'key'
  | 'value'
  | 'end';

/** What may stand where Gatekeeper takes a glob (its `Wildcard`): a name with `*` at either end, or at both. */
export const globPattern = /^\*?[-:a-z0-9]*\*?$/;

interface Ends {
  readonly isOpenBefore: boolean;
  readonly isOpenAfter: boolean;
  readonly text: string;
}

function endsOf(glob: string): Ends {
  const isOpenBefore = glob.startsWith('*');
  const isOpenAfter = glob.endsWith('*');
  const text = glob.slice(isOpenBefore ? 1 : 0);
  return { isOpenBefore, isOpenAfter, text: isOpenAfter && text.endsWith('*') ? text.slice(0, -1) : text };
}

/** Whether a name is the glob's, or fits it: `kube-*`, `*-system`, `*kube*`. An asterisk within is none. */
export function matchesGlob(glob: string, name: string): boolean {
  const { isOpenBefore, isOpenAfter, text } = endsOf(glob);
  if (isOpenBefore && isOpenAfter) return name.includes(text);
  if (isOpenBefore) return name.endsWith(text);
  return isOpenAfter ? name.startsWith(text) : glob === name;
}

/**
 * Whether names that start with this `metadata.generateName` fit, while the API server has not yet made the rest:
 * only a glob that is open at its end can know.
 */
export function matchesGenerateName(glob: string, generateName: string): boolean {
  const { isOpenBefore, isOpenAfter, text } = endsOf(glob);
  if (!isOpenAfter) return false;
  return isOpenBefore ? generateName.includes(text) : generateName.startsWith(text);
}

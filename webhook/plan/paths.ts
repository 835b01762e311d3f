/** Whether two mount paths are the same, or one lies within the other; the root lies around everything. */
export function pathsOverlap(left: string, right: string): boolean {
  const one = folder(left);
  const other = folder(right);
  return one.startsWith(other) || other.startsWith(one);
}

/** The path with single slashes, without `.` and `..`, ended by a slash, so that prefixes end at path components. */
function folder(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.map((part) => `/${part}`).join('') + '/';
}

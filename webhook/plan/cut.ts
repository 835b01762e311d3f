/** Cuts a line to so many characters (code points, as Kubernetes counts), and shows that it was cut. */
export function cutTo(line: string, length: number): string {
  const characters = Array.from(line);
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join('')}…`;
}

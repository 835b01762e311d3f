/** The characters of a string as Go's `[]rune` has them: code points, whatever they look like together. */
export function runes(text: string): readonly string[] {
  return Array.from(text);
}

/** How many characters a string has (`utf8.RuneCountInString`). */
export function runeCount(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at += 1) {
    // A character beyond the first 65 536 is two units: the first of them is a high surrogate.
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800) count -= 1;
  }
  return count;
}

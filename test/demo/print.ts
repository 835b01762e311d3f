/** Prints the demo's story: chapters with the time that has passed, and what was typed before what it answered. */
export interface Story {
  chapter(title: string): void;
  line(text: string): void;
  /** A command as a person would type it, then its answer. */
  typed(command: string, answer: string): void;
}

export function createStory(write: (text: string) => void, elapsedMs: () => number): Story {
  const indented = (text: string): string =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}\n`)
      .join('');
  return {
    chapter: (title) => write(`\n[${(elapsedMs() / 1000).toFixed(0).padStart(3)} s] ${title}\n`),
    line: (text) => write(indented(text)),
    typed: (command, answer) => write(`\n    $ ${command}\n${indented(answer)}`),
  };
}

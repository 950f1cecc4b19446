import { Box, Static, Text } from 'ink';
import type { Painted } from '../../terminal/terminal-text.js';

export interface StaticLine {
  key: number;
  text: Painted;
}

export interface AppProps {
  /** Lines that are written once and then belong to the terminal's scrollback. Only ever appended to. */
  finished: readonly StaticLine[];
  /** Lines that are redrawn in every frame. */
  live: readonly Painted[];
}

/**
 * A run on a terminal. All lines are already laid out for its width; `truncate` is only a safety net for a
 * resize between layout and drawing.
 */
export function App({ finished, live }: AppProps) {
  return (
    <>
      <Static items={finished as StaticLine[]}>{(line) => <Row key={line.key} text={line.text} />}</Static>
      <Box flexDirection="column">
        {live.map((text, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place
          <Row key={row} text={text} />
        ))}
      </Box>
    </>
  );
}

function Row({ text }: { text: Painted }) {
  // An empty text has no height in Ink.
  return <Text wrap="truncate-end">{text === '' ? ' ' : text}</Text>;
}

/**
 * Draws samples into a canvas in its text colour: from the lowest to the highest in each column.
 *
 * @param width how many samples the whole width is; fewer samples are drawn on its right
 */
export function drawWaveform(canvas: HTMLCanvasElement, samples: Float32Array, width = samples.length): void {
  const scale = Math.min(2, devicePixelRatio);
  const { clientWidth, clientHeight } = canvas;
  const [columns, height] = [Math.round(clientWidth * scale), Math.round(clientHeight * scale)];
  // Also clears it.
  canvas.width = columns;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null || columns === 0) return;
  context.fillStyle = getComputedStyle(canvas).color;
  const [middle, reach] = [height / 2, height / 2 - 4 * scale];
  const missing = Math.round(width) - samples.length;
  for (let column = 0; column < columns; column += 1) {
    const [start, end] = [column, column + 1].map((at) => Math.floor((at / columns) * width) - missing);
    let [low, high] = [0, 0];
    for (let at = Math.max(0, start!); at < end!; at += 1) {
      low = Math.min(low, samples[at]!);
      high = Math.max(high, samples[at]!);
    }
    const top = middle - Math.min(1, high) * reach;
    const bottom = middle - Math.max(-1, low) * reach;
    context.fillRect(column, top, 1, Math.max(scale, bottom - top));
  }
}

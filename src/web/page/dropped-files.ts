/**
 * Takes files that are dropped anywhere on the page.
 *
 * @param shade what is shown while one is over it
 */
export function onDroppedFile(shade: HTMLElement, take: (file: File) => void): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  let inside = 0;
  const enter = (change: number) => (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = Math.max(0, inside + change);
    shade.hidden = inside === 0;
  };
  addEventListener('dragenter', enter(1));
  addEventListener('dragleave', enter(-1));
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = 0;
    shade.hidden = true;
    const [file] = event.dataTransfer!.files;
    if (file !== undefined) take(file);
  });
}

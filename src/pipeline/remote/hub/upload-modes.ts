/** Which files of a commit the Hub accepts with the commit itself, and not as LFS objects. */
export interface UploadModes {
  readonly regular: ReadonlySet<string>;
  /** The same `fetch`, intercepted. */
  readonly fetch: typeof fetch;
}

/**
 * Intercepts how the Hub wants files to be uploaded, and corrects it for empty ones, as Python does but the
 * library does not: the storage of LFS objects accepts none.
 */
export function uploadModes(inner: typeof fetch, files: ReadonlyMap<string, { size: number }>): UploadModes {
  const regular = new Set<string>();
  return {
    regular,
    fetch: async (input, init) => {
      const response = await inner(input, init);
      if (!new URL(String(input)).pathname.includes('/preupload/')) return response;
      const body = (await response.json()) as { files: { path: string; uploadMode: string }[] };
      for (const file of body.files) {
        if (files.get(file.path)?.size === 0) file.uploadMode = 'regular';
        if (file.uploadMode === 'regular') regular.add(file.path);
      }
      return Response.json(body);
    },
  };
}

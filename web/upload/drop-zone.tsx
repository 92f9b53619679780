import { useEffect, useRef, useState } from "preact/hooks";

/** Takes files from a picker, or dropped anywhere on the page. */
export function DropZone({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const take = useRef(onFiles);
  take.current = onFiles;
  const [over, setOver] = useState(false);

  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    // Enter and leave fire for every element the pointer crosses: count them.
    let depth = 0;
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const entered = (event: DragEvent): void => {
      if (carriesFiles(event) && ++depth === 1) setOver(true);
    };
    const left = (event: DragEvent): void => {
      if (carriesFiles(event) && --depth === 0) setOver(false);
    };
    const dropped = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      take.current([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener("dragenter", entered, { signal });
    addEventListener("dragleave", left, { signal });
    // Without this the browser would open the file instead.
    addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault(), { signal });
    addEventListener("drop", dropped, { signal });
    return () => ended.abort();
  }, []);

  return (
    <div class={over ? "drop over" : "drop"}>
      <svg viewBox="0 0 48 48" width="44" height="44" aria-hidden="true">
        <path d="M24 31V11m0 0-8 8m8-8 8 8M9 31v4a4 4 0 0 0 4 4h22a4 4 0 0 0 4-4v-4" />
      </svg>
      <p class="drop-title">{over ? "Let go to upload" : "Drop videos here"}</p>
      <p class="soft">An upload goes on where it stopped, even after a lost connection or a reload.</p>
      <button class="button primary" type="button" onClick={() => input.current?.click()}>
        Choose files
      </button>
      <input
        ref={input}
        class="visually-hidden"
        type="file"
        multiple
        tabIndex={-1}
        accept="video/*,audio/*,.mkv,.mov,.avi,.flv,.ts,.mxf"
        aria-label="Video files"
        onChange={(event) => {
          take.current([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}

import { formatBytes } from "../design/format.ts";
import type { Unfinished } from "./transfer.ts";

/** A page can't read a file again by itself: the person has to choose it once more. */
export function UnfinishedList(props: {
  uploads: readonly Unfinished[];
  onDiscard: (upload: Unfinished) => void;
}) {
  return (
    <section class="card unfinished" aria-labelledby="unfinished-title">
      <h2 id="unfinished-title">Unfinished uploads</h2>
      <p class="soft">Choose the same file again, and it goes on from where it stopped.</p>
      <ul>
        {props.uploads.map((upload) => (
          <li key={upload.key}>
            <span class="file-name">{upload.name === "" ? "Unnamed file" : upload.name}</span>
            <span class="soft">{formatBytes(upload.sizeBytes)}</span>
            <button
              class="button small"
              type="button"
              aria-label={`Discard ${upload.name}`}
              onClick={() => props.onDiscard(upload)}
            >
              Discard
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";
import { DropZone } from "../upload/drop-zone.tsx";
import { discardUnfinished, findUnfinished, type Unfinished } from "../upload/transfer.ts";
import { UnfinishedList } from "../upload/unfinished-list.tsx";
import { UploadRow } from "../upload/upload-row.tsx";
import type { Uploads } from "./app.tsx";
import { ImportPanel } from "./import-panel.tsx";
import { PageHead } from "./parts.tsx";
import { choicesIn, UploadChoices } from "./upload-choices.tsx";

export function UploadsPage({ queue, items }: Uploads) {
  const choices = useRef<HTMLFormElement>(null);
  const [unfinished, setUnfinished] = useState<readonly Unfinished[]>([]);
  useEffect(() => {
    void findUnfinished().then(setUnfinished);
  }, []);
  const add = (files: readonly File[]): void => {
    setUnfinished((known) =>
      known.filter((old) => !files.some((file) => file.name === old.name && file.size === old.sizeBytes)),
    );
    queue.add(files, choicesIn(choices.current));
  };
  // What is on its way in this very tab is in the list above.
  const left = unfinished.filter(
    (old) => !items.some(({ name, sizeBytes }) => name === old.name && sizeBytes === old.sizeBytes),
  );
  return (
    <>
      <PageHead title="Upload" />
      <UploadChoices form={choices} />
      <DropZone onFiles={add} />
      {items.length > 0 && (
        <ul class="rows" aria-label="Files">
          {items.map((item) => (
            <UploadRow
              key={item.number}
              item={item}
              onPause={() => queue.pause(item.number)}
              onResume={() => queue.resume(item.number)}
              onRemove={() => queue.remove(item.number)}
              onKey={() => location.assign("/dashboard")}
            />
          ))}
        </ul>
      )}
      {left.length > 0 && (
        <UnfinishedList
          uploads={left}
          onDiscard={(gone) => {
            setUnfinished((known) => known.filter((other) => other !== gone));
            void discardUnfinished(gone);
          }}
        />
      )}
      <ImportPanel />
    </>
  );
}

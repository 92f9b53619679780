import { useEffect, useState } from "preact/hooks";
import { DropZone } from "../upload/drop-zone.tsx";
import { discardUnfinished, findUnfinished, type Unfinished } from "../upload/transfer.ts";
import { UnfinishedList } from "../upload/unfinished-list.tsx";
import { UploadRow } from "../upload/upload-row.tsx";
import type { Uploads } from "./app.tsx";
import { ImportPanel } from "./import-panel.tsx";
import { PageHead } from "./parts.tsx";
import { SettingsPanel } from "./settings-panel.tsx";
import { settingsMetadata } from "./video-settings.ts";

export function UploadsPage({ queue, items, settings, onSettings }: Uploads) {
  const [unfinished, setUnfinished] = useState<readonly Unfinished[]>([]);
  useEffect(() => {
    void findUnfinished().then(setUnfinished);
  }, []);
  const add = (files: readonly File[]): void => {
    setUnfinished((known) =>
      known.filter((old) => !files.some((file) => file.name === old.name && file.size === old.sizeBytes)),
    );
    queue.add(files, settingsMetadata(settings));
  };
  // What is on its way in this very tab is in the list above.
  const left = unfinished.filter(
    (old) => !items.some(({ name, sizeBytes }) => name === old.name && sizeBytes === old.sizeBytes),
  );
  return (
    <>
      <PageHead title="Upload" />
      <DropZone onFiles={add} />
      <SettingsPanel settings={settings} onChange={onSettings} />
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
      <ImportPanel settings={settings} />
    </>
  );
}

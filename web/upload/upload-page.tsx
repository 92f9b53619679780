import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Api, byKey } from "../api.ts";
import { forgetKey, takeKey } from "../access/api-key.ts";
import { KeyForm } from "../access/key-form.tsx";
import { DropZone } from "./drop-zone.tsx";
import { discardUnfinished, findUnfinished, type Unfinished } from "./transfer.ts";
import { UnfinishedList } from "./unfinished-list.tsx";
import { UploadQueue, type Item } from "./upload-queue.ts";
import { UploadRow } from "./upload-row.tsx";

export function UploadPage() {
  const [key, setKey] = useState(takeKey);
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    // A link with a key may be opened in a tab that shows this page already.
    const look = (): void => setKey(takeKey());
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  const change = useCallback((afterRefusal: boolean) => {
    forgetKey();
    setRefused(afterRefusal);
    setKey(null);
  }, []);
  return key === null ? (
    <KeyForm refused={refused} onKey={setKey} />
  ) : (
    <Uploads key={key} apiKey={key} onKeyChange={change} />
  );
}

function Uploads({ apiKey, onKeyChange }: { apiKey: string; onKeyChange: (refused: boolean) => void }) {
  const [items, setItems] = useState<readonly Item[]>([]);
  const [unfinished, setUnfinished] = useState<readonly Unfinished[]>([]);
  const queue = useRef<UploadQueue | null>(null);
  queue.current ??= new UploadQueue(new Api(byKey(apiKey)), byKey(apiKey), setItems);

  useEffect(() => {
    const open = queue.current;
    if (open === null) return;
    const ended = new AbortController();
    const { signal } = ended;
    addEventListener("online", () => open.online(), { signal });
    addEventListener("beforeunload", (event) => open.busy && event.preventDefault(), { signal });
    void findUnfinished().then(setUnfinished);
    return () => {
      ended.abort();
      open.close();
    };
  }, []);

  const add = (files: readonly File[]): void => {
    setUnfinished((known) =>
      known.filter((old) => !files.some((file) => file.name === old.name && file.size === old.sizeBytes)),
    );
    queue.current?.add(files);
  };
  const discard = (gone: Unfinished): void => {
    setUnfinished((known) => known.filter((other) => other !== gone));
    void discardUnfinished(gone);
  };

  return (
    <div class="uploads">
      <DropZone onFiles={add} />
      {items.length > 0 && (
        <ul class="rows" aria-label="Files">
          {items.map((item) => (
            <UploadRow
              key={item.number}
              item={item}
              onPause={() => queue.current?.pause(item.number)}
              onResume={() => queue.current?.resume(item.number)}
              onRemove={() => queue.current?.remove(item.number)}
              onKey={() => onKeyChange(true)}
            />
          ))}
        </ul>
      )}
      {unfinished.length > 0 && <UnfinishedList uploads={unfinished} onDiscard={discard} />}
      <p class="soft key-line">
        Uploading with the key <code>{keyIdOf(apiKey)}</code>
        <button class="button small quiet" type="button" onClick={() => onKeyChange(false)}>
          Use another key
        </button>
      </p>
    </div>
  );
}

/** The id tells keys apart and is no secret: sluice_{keyId}_{secret}. */
function keyIdOf(key: string): string {
  return /^sluice_(key_[0-9A-Z]+)_/.exec(key)?.[1] ?? "of this tab";
}

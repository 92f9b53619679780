// The files of this page: one is sent at a time, in order, and each is followed until it is encoded.
import type { Api, Credential, Refusal } from "../api.ts";
import { followUpload, type Followed } from "../live/follow-video.ts";
import { uploadFailure, type UploadFailure } from "./failure.ts";
import { TransferRate } from "./transfer-rate.ts";
import { Transfer } from "./transfer.ts";

// What the API takes of a title.
const longestTitle = 200;

export type Stage =
  | { readonly kind: "waiting" }
  | { readonly kind: "sending" }
  | { readonly kind: "paused" }
  | { readonly kind: "failed"; readonly failure: UploadFailure }
  | { readonly kind: "encoding"; readonly followed: Followed | null };

export interface Item {
  readonly number: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sentBytes: number;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
  readonly stage: Stage;
}

interface Entry {
  item: Item;
  readonly transfer: Transfer;
  readonly rate: TransferRate;
  readonly ended: AbortController;
}

export class UploadQueue {
  readonly #credential: Credential;
  readonly #api: Api;
  readonly #changed: (items: readonly Item[]) => void;
  #entries: readonly Entry[] = [];
  #lastNumber = 0;

  constructor(api: Api, credential: Credential, changed: (items: readonly Item[]) => void) {
    this.#credential = credential;
    this.#api = api;
    this.#changed = changed;
  }

  /** Bytes are still to be sent: closing the page would interrupt them. */
  get busy(): boolean {
    return this.#entries.some(({ item }) => item.stage.kind === "sending" || item.stage.kind === "waiting");
  }

  /** `about`: what else `Upload-Metadata` says of their videos. */
  add(files: readonly File[], about: Readonly<Record<string, string>> = {}): void {
    for (const file of files) {
      const number = ++this.#lastNumber;
      const title = file.name.replace(/\.[^.]{1,5}$/, "").slice(0, longestTitle);
      const entry: Entry = {
        item: {
          number,
          name: file.name,
          sizeBytes: file.size,
          sentBytes: 0,
          bytesPerSecond: null,
          secondsLeft: null,
          stage: { kind: "waiting" },
        },
        rate: new TransferRate(),
        ended: new AbortController(),
        transfer: new Transfer(
          file,
          { kind: "new", metadata: { ...about, title }, credential: this.#credential },
          {
            onProgress: (sentBytes) => this.#progressed(entry, sentBytes),
            onFinished: (uploadId) => this.#finished(entry, uploadId),
            onFailed: (refusal) => this.#failed(entry, refusal),
          },
        ),
      };
      this.#entries = [...this.#entries, entry];
    }
    this.#advance();
  }

  pause(number: number): void {
    const entry = this.#find(number);
    if (entry === undefined || (entry.item.stage.kind !== "sending" && entry.item.stage.kind !== "waiting"))
      return;
    void entry.transfer.pause();
    this.#set(entry, { stage: { kind: "paused" }, bytesPerSecond: null, secondsLeft: null });
    this.#advance();
  }

  /** Puts a paused or failed file back in line. */
  resume(number: number): void {
    const entry = this.#find(number);
    if (entry === undefined) return;
    entry.rate.reset();
    this.#set(entry, { stage: { kind: "waiting" } });
    this.#advance();
  }

  /** Takes the file off the page; bytes that were sent but make no whole video are dropped. */
  remove(number: number): void {
    const entry = this.#find(number);
    if (entry === undefined) return;
    entry.ended.abort();
    if (entry.item.stage.kind !== "encoding") void entry.transfer.cancel();
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#advance();
  }

  /** What stopped for want of a network goes on when it is back. */
  online(): void {
    for (const { item } of this.#entries) {
      if (item.stage.kind === "failed" && item.stage.failure.remedy === "again") this.resume(item.number);
    }
  }

  close(): void {
    for (const entry of this.#entries) {
      entry.ended.abort();
      if (entry.item.stage.kind === "sending") void entry.transfer.pause();
    }
  }

  #advance(): void {
    const sending = this.#entries.some(({ item }) => item.stage.kind === "sending");
    const next = this.#entries.find(({ item }) => item.stage.kind === "waiting");
    if (!sending && next !== undefined) {
      this.#set(next, { stage: { kind: "sending" } });
      void next.transfer.start();
    }
    this.#tell();
  }

  #progressed(entry: Entry, sentBytes: number): void {
    if (entry.item.stage.kind !== "sending") return;
    entry.rate.add(sentBytes, performance.now());
    this.#set(entry, {
      sentBytes,
      bytesPerSecond: entry.rate.bytesPerSecond(),
      secondsLeft: entry.rate.secondsLeft(entry.item.sizeBytes),
    });
  }

  #finished(entry: Entry, uploadId: string): void {
    this.#set(entry, { sentBytes: entry.item.sizeBytes, stage: { kind: "encoding", followed: null } });
    this.#advance();
    void followUpload(this.#api, uploadId, entry.ended.signal, (followed) => {
      this.#set(entry, { stage: { kind: "encoding", followed } });
    }).then((refusal) => {
      // A key that may upload need not read videos: the file has arrived all the same.
      if (refusal !== null && refusal.status !== 403) this.#failed(entry, refusal);
    });
  }

  #failed(entry: Entry, refusal: Refusal): void {
    if (entry.ended.signal.aborted) return;
    const stage = { kind: "failed", failure: uploadFailure(refusal) } as const;
    this.#set(entry, { stage, bytesPerSecond: null, secondsLeft: null });
    this.#advance();
  }

  #find(number: number): Entry | undefined {
    return this.#entries.find((entry) => entry.item.number === number);
  }

  #set(entry: Entry, change: Partial<Item>): void {
    entry.item = { ...entry.item, ...change };
    this.#tell();
  }

  #tell(): void {
    this.#changed(this.#entries.map(({ item }) => item));
  }
}

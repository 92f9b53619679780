// One file on its way by tus, behind the few verbs that the queue needs. What tus-js-client throws becomes a
// Refusal here; nothing else knows the library.
import * as tus from "tus-js-client";
import { problemCodeOf, tusEndpoint, type Credential, type Refusal } from "../api.ts";

// Below the platform's body limit, and large enough that a round trip a piece costs nothing.
const chunkBytes = 64 * 1024 * 1024;
const retryDelaysMs = [0, 1000, 3000, 5000, 10_000, 20_000];

export interface TransferEvents {
  readonly onProgress: (sentBytes: number) => void;
  readonly onFinished: (uploadId: string) => void;
  readonly onFailed: (refusal: Refusal) => void;
}

/** An upload that is yet to be made, with the video it is for, or one that was. */
export type TransferTarget =
  | {
      readonly kind: "new";
      readonly metadata: Readonly<Record<string, string>>;
      readonly credential: Credential;
    }
  | { readonly kind: "made"; readonly url: string };

export class Transfer {
  readonly #upload: tus.Upload;
  readonly #isMade: boolean;
  #remembered = false;

  constructor(file: File, target: TransferTarget, events: TransferEvents) {
    this.#isMade = target.kind === "made";
    this.#upload = new tus.Upload(file, {
      ...optionsOf(file, target),
      chunkSize: chunkBytes,
      retryDelays: retryDelaysMs,
      removeFingerprintOnSuccess: true,
      onProgress: (sentBytes) => events.onProgress(sentBytes),
      onSuccess: () => events.onFinished(uploadIdIn(this.#upload.url ?? "")),
      onError: (error) => events.onFailed(refusalOf(error)),
    });
  }

  /** Starts, or goes on: after a pause, an error, or a reload of the page with the same file. */
  async start(): Promise<void> {
    if (!this.#remembered && !this.#isMade) {
      this.#remembered = true;
      const [previous] = await this.#upload.findPreviousUploads();
      if (previous !== undefined) this.#upload.resumeFromPreviousUpload(previous);
    }
    this.#upload.start();
  }

  pause(): Promise<void> {
    return this.#upload.abort(false);
  }

  /** Stops, and tells the server to drop what it has. */
  async cancel(): Promise<void> {
    try {
      await this.#upload.abort(true);
    } catch {
      // It is gone already, or the network is; the server drops what nobody finishes.
    }
  }
}

function optionsOf(file: File, target: TransferTarget): Partial<tus.UploadOptions> {
  if (target.kind === "made") return { uploadUrl: target.url, storeFingerprintForResuming: false };
  return {
    endpoint: tusEndpoint(location.origin),
    headers: { ...target.credential },
    metadata: { ...target.metadata, filename: file.name, filetype: file.type },
  };
}

/** An upload of an earlier visit that this browser remembers: choosing the same file again goes on with it. */
export interface Unfinished {
  readonly name: string;
  readonly sizeBytes: number;
  readonly key: string;
  readonly url: string;
}

export async function findUnfinished(): Promise<readonly Unfinished[]> {
  const all = (await tus.defaultOptions.urlStorage?.findAllUploads()) ?? [];
  return all.flatMap((entry) => {
    if (entry.uploadUrl === null || entry.size === null) return [];
    const name = entry.metadata["filename"] ?? "";
    return [{ name, sizeBytes: entry.size, key: entry.urlStorageKey, url: entry.uploadUrl }];
  });
}

export async function discardUnfinished(unfinished: Unfinished): Promise<void> {
  try {
    await tus.Upload.terminate(unfinished.url, { endpoint: tusEndpoint(location.origin) });
  } catch {
    // Expired on the server: there is nothing to drop but the memory of it.
  }
  await tus.defaultOptions.urlStorage?.removeUpload(unfinished.key);
}

/** An upload's URL is …/v1/uploads/{uploadId}/{secret}. */
export function uploadIdIn(url: string): string {
  return /\/v1\/uploads\/([^/?#]+)\//.exec(url)?.[1] ?? "";
}

function refusalOf(error: Error | tus.DetailedError): Refusal {
  const answer = error instanceof tus.DetailedError ? error.originalResponse : null;
  if (answer === null) return { status: 0, code: null };
  return { status: answer.getStatus(), code: problemCodeOf(answer.getBody()) };
}

// Ways to bring a file to an upload's URL. None of them needs the API key.
import { problemIn, SluiceError } from "./errors.ts";
import type { CreatedUpload } from "./operations.ts";

interface SendOptions {
  readonly signal?: AbortSignal | undefined;
}

/** In one request: for files within the body limit of the deployment (95 MB as it comes). */
export async function byPut(upload: CreatedUpload, file: Blob, { signal }: SendOptions): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(upload.url, { method: "PUT", body: file, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new SluiceError(0, null, null, error);
  }
  const text = await answer.text();
  if (!answer.ok) throw new SluiceError(answer.status, problemIn(text), answer.headers.get("X-Request-Id"));
}

/** What of tus-js-client is used; it is yours to bring. */
interface TusUpload {
  start(): void;
  abort(): unknown;
}
interface TusOptions {
  readonly uploadUrl: string;
  readonly uploadLengthDeferred: boolean;
  readonly chunkSize: number;
  readonly onError: (error: Error) => void;
  readonly onSuccess: () => void;
  readonly onProgress?: (sentBytes: number, totalBytes: number | null) => void;
}
type TusUploadClass<File> = new (file: File, options: TusOptions) => TusUpload;

export interface TusSendOptions {
  readonly onProgress?: (sentBytes: number, totalBytes: number | null) => void;
  readonly chunkSizeBytes?: number;
}

const defaultChunkBytes = 32 * 1024 * 1024;

/** In parts, resumed when the line breaks: `byTus(tus.Upload)`, with tus-js-client. */
export function byTus<File>(
  Upload: TusUploadClass<File>,
  { onProgress, chunkSizeBytes }: TusSendOptions = {},
) {
  return (upload: CreatedUpload, file: File, { signal }: SendOptions): Promise<void> =>
    new Promise((resolve, reject) => {
      const sending = new Upload(file, {
        uploadUrl: upload.url,
        // It asks the URL first, and takes an answer without a length for a broken one unless it is told.
        uploadLengthDeferred: upload.sizeBytes === null,
        chunkSize: chunkSizeBytes ?? defaultChunkBytes,
        onError: reject,
        onSuccess: resolve,
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      signal?.addEventListener("abort", () => {
        void sending.abort();
        reject(signal.reason as Error);
      });
      if (signal?.aborted === true) reject(signal.reason as Error);
      else sending.start();
    });
}
